import { Page } from "../components/page.tsx";

const VisitorsPage = () => (
  <Page title="Visitors">
    <div class="panel" />
  </Page>
);

export default VisitorsPage;
