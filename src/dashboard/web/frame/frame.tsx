import { Outlet, useLocation } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import { Toasts } from '../parts/toast.tsx';
import { Banners } from './banners.tsx';
import { Dock } from './dock.tsx';
import { KeysDialog, useFrameKeys } from './keys.tsx';
import { isPaletteOpen, Palette } from './palette.tsx';
import { Sidebar } from './sidebar.tsx';
import { useThemeSwitch } from './theme-switch.ts';
import { TopBar } from './top-bar.tsx';

/** What stands around every page: navigation, live state, palette, keys, banners. */
export const Frame = () => {
  const { pathname } = useLocation();
  const page = useRef<HTMLElement>(null);
  const first = useRef(true);
  const [isHelpOpen, setHelpOpen] = useState(false);
  const theme = useThemeSwitch();
  const showKeys = () => setHelpOpen(true);
  useFrameKeys({ theme: theme.change, help: showKeys });

  useEffect(() => {
    // A palette opened while the page was still coming keeps what is typed into it.
    if (!first.current && !isPaletteOpen()) page.current?.focus({ preventScroll: true });
    first.current = false;
    page.current?.scrollTo(0, 0);
  }, [pathname]);

  return (
    <>
      <a className="skip" href="#page" onClick={() => page.current?.focus()}>
        Skip to the page
      </a>
      <div className="app">
        <Sidebar />
        <div className="main">
          <TopBar />
          <Banners />
          <main className="page" id="page" ref={page} tabIndex={-1}>
            <Outlet />
          </main>
        </div>
      </div>
      <Dock />
      <Toasts />
      <Palette showKeys={showKeys} />
      <KeysDialog isOpen={isHelpOpen} onClose={() => setHelpOpen(false)} />
    </>
  );
};
