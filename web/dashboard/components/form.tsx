/** Forms: a field with its name, its help and what is wrong with it, and how a form is sent. */

import type { ComponentChildren } from "preact";
import { useEffect, useId, useState } from "preact/hooks";
import { errorOf } from "../lib/fields.ts";

/** What the server said of each field; "" is what it said of the whole. */
export type Errors = Record<string, string>;

const inWords = (error: unknown, fields: readonly string[]): Errors => {
  const message = error instanceof Error ? error.message : "It did not work.";
  const { field, line, what } = errorOf(message);
  if (!fields.includes(field)) return { "": message };
  return { [field]: line === undefined ? what : `Line ${line + 1}: ${what}` };
};

/** Sends once at a time, and keeps what was wrong for the fields to show. */
export const useSending = (
  fields: readonly string[] = [],
): {
  busy: boolean;
  errors: Errors;
  refuse: (errors: Errors) => void;
  sending: (work: () => Promise<void>) => Promise<void>;
} => {
  const [busy, setBusy] = useState(false);
  const [errors, setErrors] = useState<Errors>({});
  useEffect(() => {
    // A long form's wrong field may be out of sight.
    if (Object.keys(errors).some(Boolean))
      document.querySelector<HTMLElement>('form [aria-invalid="true"]')?.focus();
  }, [errors]);
  const sending = async (work: () => Promise<void>): Promise<void> => {
    if (busy) return;
    setBusy(true);
    setErrors({});
    try {
      await work();
    } catch (error) {
      setErrors(inWords(error, fields));
    } finally {
      setBusy(false);
    }
  };
  return { busy, errors, refuse: setErrors, sending };
};

export interface Marks {
  id: string;
  "aria-describedby": string | undefined;
  "aria-invalid": boolean | undefined;
}

/** A field's surroundings; `children` gets what its input has to carry. */
export const Field = ({
  name,
  help,
  error,
  children,
}: {
  name: string;
  help?: ComponentChildren;
  error?: string | undefined;
  children: (marks: Marks) => ComponentChildren;
}) => {
  const id = useId();
  const described = [error && `${id}-error`, help && `${id}-help`].filter(Boolean).join(" ");
  return (
    <div class="field">
      <label class="field-name" for={id}>
        {name}
      </label>
      {children({
        id,
        "aria-describedby": described || undefined,
        "aria-invalid": error ? true : undefined,
      })}
      {error && (
        <p class="failed field-help" id={`${id}-error`} role="alert" dir="auto">
          {error}
        </p>
      )}
      {help && (
        <p class="field-help" id={`${id}-help`}>
          {help}
        </p>
      )}
    </div>
  );
};

interface TextProps {
  name: string;
  value: string;
  set: (value: string) => void;
  help?: ComponentChildren;
  error?: string | undefined;
  type?: "text" | "email" | "password" | "url";
  required?: boolean;
  most?: number;
  list?: string;
  lines?: number;
  placeholder?: string;
  autocomplete?: string;
  focus?: boolean;
  disabled?: boolean;
}

export const TextField = ({ name, value, set, help, error, lines, ...rest }: TextProps) => (
  <Field name={name} help={help} error={error}>
    {(marks) => {
      const shared = {
        ...marks,
        value,
        dir: "auto" as const,
        required: rest.required,
        disabled: rest.disabled,
        maxLength: rest.most,
        placeholder: rest.placeholder,
        autoFocus: rest.focus,
        spellcheck: false,
      };
      return lines ? (
        <textarea {...shared} rows={lines} onInput={(e) => set(e.currentTarget.value)} />
      ) : (
        <input
          {...shared}
          type={rest.type ?? "text"}
          list={rest.list}
          autocomplete={rest.autocomplete ?? "off"}
          onInput={(e) => set(e.currentTarget.value)}
        />
      );
    }}
  </Field>
);

export const SelectField = ({
  name,
  value,
  set,
  options,
  help,
  error,
}: {
  name: string;
  value: string;
  set: (value: string) => void;
  options: readonly (readonly [string, string])[];
  help?: ComponentChildren;
  error?: string | undefined;
}) => (
  <Field name={name} help={help} error={error}>
    {(marks) => (
      <select {...marks} value={value} onChange={(event) => set(event.currentTarget.value)}>
        {options.map(([key, text]) => (
          <option key={key} value={key}>
            {text.length > 80 ? `${text.slice(0, 80)}…` : text}
          </option>
        ))}
      </select>
    )}
  </Field>
);

/** A box to check, or one of several to choose, with what it means below its name. */
export const Choice = ({
  kind = "checkbox",
  group,
  name,
  checked,
  set,
  children,
}: {
  kind?: "checkbox" | "radio";
  group?: string;
  name: string;
  checked: boolean;
  set: (checked: boolean) => void;
  children?: ComponentChildren;
}) => {
  const id = useId();
  return (
    <div class="choice">
      <input
        id={id}
        type={kind}
        name={group}
        checked={checked}
        aria-describedby={children ? `${id}-help` : undefined}
        onChange={(event) => set(event.currentTarget.checked)}
      />
      <div>
        <label for={id}>{name}</label>
        {children && (
          <p class="field-help" id={`${id}-help`}>
            {children}
          </p>
        )}
      </div>
    </div>
  );
};

/** What went wrong with the whole, where there is no field to say it at. */
export const Failed = ({ errors }: { errors: Errors }) =>
  errors[""] ? (
    <p class="failed" role="alert" dir="auto">
      {errors[""]}
    </p>
  ) : null;
