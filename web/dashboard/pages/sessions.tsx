import { Page } from "../components/page.tsx";

const SessionsPage = () => (
  <Page title="Sessions">
    <div class="panel" />
  </Page>
);

export default SessionsPage;
