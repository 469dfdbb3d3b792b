import { Page } from "../components/page.tsx";

const VisitorPage = ({ visitor }: { visitor: string }) => (
  <Page title={visitor}>
    <div class="panel" />
  </Page>
);

export default VisitorPage;
