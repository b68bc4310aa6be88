import {
  NumberInput,
  SegmentedControl,
  Select,
  Switch,
  TagsInput,
  Textarea,
  TextInput,
} from '@mantine/core';
import { DateInput } from '@mantine/dates';
import { z } from 'zod';
import type { FormField } from './schema.ts';

const fewOptions = 4;
const manyTags = 100;
const Texts = z.array(z.string()).catch([]);
const asText = (value: unknown): string => (typeof value === 'string' ? value : '');
const splitting = ['\n', '\r', '\t', ',', ';', ' '];
const split = (text: string): string[] =>
  text.split(/[\s,;]+/).flatMap((part) => (part === '' ? [] : [part]));

/** One field, drawn by its kind. */
export const Field = ({
  field,
  value,
  error,
  change,
  blur,
}: {
  field: FormField;
  value: unknown;
  error: string | undefined;
  change: (value: unknown) => void;
  blur: () => void;
}) => {
  const common = {
    id: `field-${field.name}`,
    label: field.title,
    description: describe(field),
    error,
    onBlur: blur,
  };
  switch (field.kind) {
    case 'text':
    case 'email':
      return (
        <TextInput
          {...common}
          type={field.kind === 'email' ? 'email' : 'text'}
          placeholder={field.example}
          value={asText(value)}
          onChange={(event) => change(event.currentTarget.value)}
        />
      );
    case 'long':
      return (
        <Textarea
          {...common}
          autosize
          minRows={3}
          maxRows={16}
          placeholder={field.example}
          value={asText(value)}
          onChange={(event) => change(event.currentTarget.value)}
        />
      );
    case 'number':
      return (
        <NumberInput
          {...common}
          maw={240}
          value={typeof value === 'number' ? value : asText(value)}
          onChange={change}
          allowDecimal={!field.isWhole}
          step={field.isWhole ? 1 : 0.05}
          clampBehavior="none"
          {...(field.min === undefined ? {} : { min: field.min })}
          {...(field.max === undefined ? {} : { max: field.max })}
        />
      );
    case 'boolean':
      return (
        <Switch
          {...common}
          checked={value === true}
          onChange={(event) => change(event.currentTarget.checked)}
        />
      );
    case 'date':
      return (
        <DateInput
          {...common}
          maw={240}
          valueFormat="YYYY-MM-DD"
          placeholder={field.example || 'YYYY-MM-DD'}
          value={asText(value) === '' ? null : asText(value)}
          onChange={(day) => change(day ?? '')}
          clearable={!field.isRequired}
          clearButtonProps={{ 'aria-label': `Clear ${field.title}` }}
        />
      );
    case 'enum':
      return field.options.length <= fewOptions ? (
        <div>
          <div className="field-label" id={`${common.id}-label`}>
            {field.title}
          </div>
          <p className="hint">{common.description}</p>
          <SegmentedControl
            id={common.id}
            aria-labelledby={`${common.id}-label`}
            data={[...field.options]}
            value={asText(value)}
            onChange={change}
          />
          {error && <p className="failed s12">{error}</p>}
        </div>
      ) : (
        <Select
          {...common}
          data={field.options}
          value={asText(value) === '' ? null : asText(value)}
          onChange={(chosen) => change(chosen ?? '')}
          searchable
        />
      );
    case 'tags': {
      const list = Texts.parse(value);
      return list.length > manyTags ? (
        <Textarea
          {...common}
          description={`${common.description} ${list.length} values, one a line.`}
          minRows={8}
          maxRows={16}
          autosize
          value={list.join('\n')}
          onChange={(event) => change(split(event.currentTarget.value))}
        />
      ) : (
        <TagsInput
          {...common}
          placeholder={list.length === 0 ? 'Type or paste, split by lines or commas' : ''}
          value={list}
          onChange={change}
          splitChars={splitting}
          acceptValueOnBlur
          onPaste={(event) => {
            const pasted = split(event.clipboardData.getData('text/plain'));
            if (pasted.length < 2) return;
            event.preventDefault();
            change([...new Set([...list, ...pasted])]);
          }}
        />
      );
    }
    case 'json':
      return (
        <Textarea
          {...common}
          description={`${common.description} As JSON.`}
          autosize
          minRows={4}
          maxRows={20}
          spellCheck={false}
          styles={{ input: { fontFamily: 'var(--mono)' } }}
          value={asText(value)}
          onChange={(event) => change(event.currentTarget.value)}
        />
      );
  }
};

function describe(field: FormField): string {
  // A switch always has a value.
  const need = field.kind === 'boolean' ? '' : field.isRequired ? 'Required.' : 'Optional.';
  const bounds =
    field.kind === 'number' && field.min !== undefined && field.max !== undefined
      ? ` ${field.min} to ${field.max}.`
      : '';
  const text = field.description === '' ? '' : ` ${field.description.replace(/\.$/, '')}.`;
  return `${need}${text}${bounds}`.trim();
}
