import { Page } from "../components/page.tsx";

const MediasPage = () => (
  <Page title="Medias">
    <div class="panel" />
  </Page>
);

export default MediasPage;
