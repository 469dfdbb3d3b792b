import { Page } from "../../components/page.tsx";

const SettingsPage = ({ part }: { part: string | undefined }) => (
  <Page title="Settings">
    <div class="panel">{part}</div>
  </Page>
);

export default SettingsPage;
