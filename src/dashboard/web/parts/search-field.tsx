import { useRouter } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { Icon } from './icon.tsx';

/** The filter of a page that is typed in; what is typed counts after a moment's rest. */
export const SearchField = ({
  name,
  placeholder,
  value,
  onChange,
}: {
  /** What it does, for screen readers: `Search the log`. */
  name: string;
  placeholder: string;
  value: string | undefined;
  onChange: (value: string | undefined) => void;
}) => {
  const router = useRouter();
  const [page] = useState(router.latestLocation.pathname);
  const [text, setText] = useState(value ?? '');
  useEffect(() => setText(value ?? ''), [value]);
  useEffect(() => {
    const wanted = text.trim() === '' ? undefined : text.trim();
    if (wanted === value) return undefined;
    const timer = setTimeout(() => {
      // another page may be on its way: typing must not call the person back
      if (router.latestLocation.pathname === page) onChange(wanted);
    }, 300);
    return () => clearTimeout(timer);
  });
  return (
    <label className="find field">
      <Icon name="search" size="m" />
      <span className="hidden">{name}</span>
      <input
        type="search"
        data-page-filter
        placeholder={placeholder}
        value={text}
        maxLength={200}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      <kbd className="hide-m">/</kbd>
    </label>
  );
};
