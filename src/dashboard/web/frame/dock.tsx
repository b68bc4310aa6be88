import { Drawer } from '@mantine/core';
import { Link, useLocation } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { Icon } from '../parts/icon.tsx';
import { isWithin, pages } from './navigation.ts';
import { openPalette } from './palette.tsx';
import { Badge, Foot, Menu } from './sidebar.tsx';
import { useThemeSwitch } from './theme-switch.ts';

const shown = pages.filter(({ to }) => ['/', '/struggling', '/needs-you', '/runs'].includes(to));

/** The bottom bar of narrow screens, and the sheet with the rest of the pages. */
export const Dock = () => {
  const { pathname } = useLocation();
  const [isOpen, setOpen] = useState(false);
  const theme = useThemeSwitch();
  useEffect(() => setOpen(false), [pathname]);
  return (
    <>
      <nav className="dock" aria-label="Pages">
        {shown.map((page) => (
          <Link
            key={page.to}
            to={page.to}
            aria-current={isWithin(page, pathname) ? 'page' : undefined}
          >
            <Icon name={page.icon} />
            {page.short ?? page.label}
            <Badge entry={page} />
          </Link>
        ))}
        <button type="button" onClick={() => setOpen(true)} aria-haspopup="dialog">
          <Icon name="menu" />
          Menu
        </button>
      </nav>
      <Drawer
        opened={isOpen}
        onClose={() => setOpen(false)}
        position="bottom"
        size="auto"
        title="Agentic OS"
        closeButtonProps={{ 'aria-label': 'Close' }}
      >
        <div className="stackv">
          <div className="row w">
            <Link to="/new" className="btn p">
              <Icon name="plus" size="m" />
              New run
            </Link>
            <button
              type="button"
              className="btn"
              onClick={() => {
                setOpen(false);
                openPalette();
              }}
            >
              <Icon name="search" size="m" />
              Find
            </button>
            <button type="button" className="btn" onClick={theme.change}>
              <Icon name={theme.other === 'dark' ? 'moon' : 'sun'} size="m" />
              {theme.other === 'dark' ? 'Dark theme' : 'Light theme'}
            </button>
          </div>
          <Menu label="All pages" className="sheet" />
          <Foot />
        </div>
      </Drawer>
    </>
  );
};
