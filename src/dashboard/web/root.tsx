import { createRootRoute, Outlet, useLocation } from '@tanstack/react-router';
import { Frame } from './frame/frame.tsx';
import { NotFoundPage } from './pages/not-found.tsx';

const Root = () => (useLocation().pathname === '/sign-in' ? <Outlet /> : <Frame />);
/** What all addresses stand below. */
export const root = createRootRoute({ component: Root, notFoundComponent: NotFoundPage });
