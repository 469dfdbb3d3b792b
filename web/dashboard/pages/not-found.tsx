import { Link } from "wouter-preact";
import { Page } from "../components/page.tsx";
import { Empty } from "../components/states.tsx";

export const NotFoundPage = () => (
  <Page title="There is no such page">
    <div class="panel">
      <Empty title="The address leads nowhere">
        <p>
          It may be mistyped. <Link href="/">Go to the overview</Link>
        </p>
      </Empty>
    </div>
  </Page>
);
