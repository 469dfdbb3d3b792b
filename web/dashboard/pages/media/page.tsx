import { Page } from "../../components/page.tsx";

const MediaPage = ({ id }: { id: string }) => (
  <Page title={id}>
    <div class="panel" />
  </Page>
);

export default MediaPage;
