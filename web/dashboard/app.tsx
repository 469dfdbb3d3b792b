/** Which page an address shows, and the frame around it. */

import { lazy, Suspense } from "preact/compat";
import { Route, Switch } from "wouter-preact";
import { SessionProvider, useSession } from "./api/session.tsx";
import { Failure } from "./components/states.tsx";
import { Frame } from "./components/frame.tsx";
import { DefinitionProvider } from "./components/definition.tsx";
import { AccountPage } from "./pages/account.tsx";
import { NotFoundPage } from "./pages/not-found.tsx";
import { SignInPage } from "./pages/sign-in.tsx";

const ProjectPage = lazy(() => import("./pages/project.tsx"));
const MediasPage = lazy(() => import("./pages/medias.tsx"));
const MediaPage = lazy(() => import("./pages/media/page.tsx"));
const SessionsPage = lazy(() => import("./pages/sessions.tsx"));
const VisitorsPage = lazy(() => import("./pages/visitors.tsx"));
const VisitorPage = lazy(() => import("./pages/visitor.tsx"));
const SettingsPage = lazy(() => import("./pages/settings/page.tsx"));

export const App = () => {
  const { session, error, retry } = useSession();
  if (error)
    return (
      <main class="alone">
        <Failure error={error} retry={retry} />
      </main>
    );
  if (!session) return <main class="alone" aria-busy="true" />;
  if (!session.signed_in) return <SignInPage hasUsers={session.has_users} />;
  return (
    <SessionProvider value={session}>
      <DefinitionProvider>
        <Frame>
          <Suspense fallback={<div class="page" aria-busy="true" />}>
            <Switch>
              <Route path="/" component={AccountPage} />
              <Route path="/projects/:id">{({ id }) => <ProjectPage key={id} id={id} />}</Route>
              <Route path="/medias" component={MediasPage} />
              <Route path="/medias/:id">{({ id }) => <MediaPage key={id} id={id} />}</Route>
              <Route path="/sessions" component={SessionsPage} />
              <Route path="/visitors" component={VisitorsPage} />
              <Route path="/visitors/:key">
                {({ key }) => <VisitorPage key={key} visitor={key} />}
              </Route>
              <Route path="/settings/:part?">{({ part }) => <SettingsPage part={part} />}</Route>
              <Route component={NotFoundPage} />
            </Switch>
          </Suspense>
        </Frame>
      </DefinitionProvider>
    </SessionProvider>
  );
};
