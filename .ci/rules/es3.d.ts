// The library of ECMAScript 3 and JSON: what a script may rely on in every JavaScript mode of the platform. A call of
// anything later (trim, forEach, Object.keys, toISOString …) does not compile.
interface Object { toString(): string; valueOf(): Object; hasOwnProperty(v: string): boolean; }
interface ObjectConstructor { new(value?: any): Object; (value?: any): any; readonly prototype: Object; }
declare var Object: ObjectConstructor;
interface Function { apply(self: any, args?: any): any; call(self: any, ...args: any[]): any; prototype: any; readonly length: number; }
declare var Function: { new(...args: string[]): Function; readonly prototype: Function; };
interface CallableFunction extends Function {}
interface NewableFunction extends Function {}
interface IArguments { [index: number]: any; length: number; callee: Function; }
interface String {
    charAt(pos: number): string;
    charCodeAt(index: number): number;
    concat(...strings: string[]): string;
    indexOf(searchString: string, position?: number): number;
    lastIndexOf(searchString: string, position?: number): number;
    match(regexp: string | RegExp): RegExpMatchArray | null;
    replace(searchValue: string | RegExp, replaceValue: string): string;
    replace(searchValue: string | RegExp, replacer: (substring: string, ...args: any[]) => string): string;
    search(regexp: string | RegExp): number;
    slice(start?: number, end?: number): string;
    split(separator: string | RegExp, limit?: number): string[];
    substring(start: number, end?: number): string;
    toLowerCase(): string;
    toUpperCase(): string;
    toString(): string;
    readonly length: number;
    readonly [index: number]: string;
}
declare var String: { new(value?: any): String; (value?: any): string; fromCharCode(...codes: number[]): string; };
interface Boolean { valueOf(): boolean; }
declare var Boolean: { new(value?: any): Boolean; (value?: any): boolean; };
interface Number { toString(radix?: number): string; toFixed(digits?: number): string; valueOf(): number; }
declare var Number: { new(value?: any): Number; (value?: any): number; readonly MAX_VALUE: number; };
interface Math { abs(x: number): number; ceil(x: number): number; floor(x: number): number; max(...v: number[]): number; min(...v: number[]): number; pow(x: number, y: number): number; random(): number; round(x: number): number; }
declare var Math: Math;
interface Date { getTime(): number; toString(): string; getFullYear(): number; getUTCFullYear(): number; valueOf(): number; }
declare var Date: { new(): Date; new(value: number | string): Date; (): string; parse(s: string): number; };
interface RegExpMatchArray extends Array<string> { index?: number; input?: string; }
interface RegExpExecArray extends Array<string> { index: number; input: string; }
interface RegExp { exec(s: string): RegExpExecArray | null; test(s: string): boolean; lastIndex: number; }
declare var RegExp: { new(pattern: string, flags?: string): RegExp; (pattern: string, flags?: string): RegExp; };
interface Error { name: string; message: string; }
declare var Error: { new(message?: string): Error; (message?: string): Error; };
interface JSON { parse(text: string): any; stringify(value: any): string; }
declare var JSON: JSON;
interface Array<T> {
    length: number;
    concat(...items: any[]): T[];
    join(separator?: string): string;
    pop(): T | undefined;
    push(...items: T[]): number;
    reverse(): T[];
    shift(): T | undefined;
    slice(start?: number, end?: number): T[];
    splice(start: number, deleteCount?: number, ...items: T[]): T[];
    unshift(...items: T[]): number;
    [n: number]: T;
}
declare var Array: { new(length?: number): any[]; (length?: number): any[]; };
interface ReadonlyArray<T> { readonly length: number; readonly [n: number]: T; }
interface TemplateStringsArray extends ReadonlyArray<string> {}
declare function parseInt(s: string, radix?: number): number;
declare function parseFloat(s: string): number;
declare function isNaN(n: number): boolean;
declare var NaN: number;

// For the platform's typings, not for scripts.
type Record<K extends keyof any, T> = { [P in K]: T };
type Partial<T> = { [P in keyof T]?: T[P] };
type Pick<T, K extends keyof T> = { [P in K]: T[P] };
type Exclude<T, U> = T extends U ? never : T;
type Omit<T, K extends keyof any> = Pick<T, Exclude<keyof T, K>>;
type NonNullable<T> = T & {};
type ReturnType<T extends (...args: any) => any> = T extends (...args: any) => infer R ? R : any;
interface PropertyDescriptor {}
interface ThisType<T> {}
