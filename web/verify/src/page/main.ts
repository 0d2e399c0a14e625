// SPDX-License-Identifier: Apache-2.0
// The page: what the person chose, what was found out about it, and how both are shown.
import { type Bytes, hexEncode, utf8Decode, utf8Encode } from '../base/bytes.js';
import { asRefusal, refuse } from '../base/refusal.js';
import type { Report } from '../evidence/report.js';
import { verifyReceipt } from '../evidence/verify_receipt.js';
import { Policy } from '../log/policy.js';
import { type Certificate, certificatesFromPem } from '../x509/certificate.js';
import { isOf, parseAddress } from './address.js';
import { type Child, el } from './dom.js';
import { type FileKind, isKind, kindOf, readFile } from './files.js';
import { forget, recall, remember } from './remembered.js';
import { longName } from './statements.js';
import { resultView } from './view_result.js';
import { count, currentLocale, day, t, useLocale } from './words.js';
import type { Words } from './words_en.js';

interface Root {
  readonly pem: string;
  readonly certificates: readonly [Certificate, ...Certificate[]];
}
interface ChosenPolicy {
  readonly text: string;
  readonly policy: Policy;
}
/** Something that could not be used, and what exactly was wrong with it. */
interface Problem {
  readonly word: keyof Words;
  readonly detail: string | null;
}

const state: {
  root: Root | null;
  policy: ChosenPolicy | null;
  receipt: { readonly name: string; readonly bytes: Bytes } | null;
  report: Report | null;
  problems: Partial<Record<FileKind, Problem>>;
  isRemembered: boolean;
  isWorking: boolean;
} = { root: null, policy: null, receipt: null, report: null, problems: {}, isRemembered: false, isWorking: false };

// --- what is chosen

async function takeRoot(bytes: Bytes): Promise<void> {
  const pem = utf8Decode(bytes, 'PEM');
  const [first, ...more] = await certificatesFromPem(pem);
  for (const certificate of [first!, ...more])
    if (certificate.role !== 'network-root') refuse('wrong_role', `certificate ${certificate.subject.text}: not a network root`);
  state.root = { pem, certificates: [first!, ...more] };
}

async function takePolicy(bytes: Bytes): Promise<void> {
  state.policy = { text: utf8Decode(bytes, 'policy'), policy: await Policy.parse(bytes) };
}

async function takeBytes(kind: FileKind, bytes: Bytes, name: string): Promise<void> {
  delete state.problems[kind];
  try {
    if (kind === 'root') await takeRoot(bytes);
    else if (kind === 'policy') await takePolicy(bytes);
    else state.receipt = { name, bytes };
  } catch (thrown) {
    state.problems[kind] = { word: kind === 'root' ? 'wrongRoot' : 'wrongPolicy', detail: asRefusal(thrown).message };
  }
}

/** `wanted`: the place where it was put; absent where anything was dropped, which is told by its content. */
async function takeFile(file: File, wanted: FileKind | null): Promise<void> {
  const place = wanted ?? 'receipt';
  const bytes = await readFile(file);
  if (typeof bytes === 'string') {
    state.problems[place] = { word: bytes, detail: null };
    return;
  }
  const kind = kindOf(bytes);
  if (isKind(kind)) await takeBytes(wanted === 'root' || wanted === 'policy' ? wanted : kind, bytes, file.name);
  else if (wanted === 'root' || wanted === 'policy') await takeBytes(wanted, bytes, file.name);
  else state.problems[place] = { word: kind, detail: null };
}

async function takeFiles(files: Iterable<File>, wanted: FileKind | null): Promise<void> {
  for (const file of files) await takeFile(file, wanted);
  if (state.isRemembered) keep();
  await verify();
}

async function verify(): Promise<void> {
  state.report = null;
  if (state.root === null || state.receipt === null) return render(null);
  state.isWorking = true;
  render(null);
  const report = await verifyReceipt(state.receipt.bytes, { roots: state.root.certificates, policy: state.policy?.policy ?? null });
  state.isWorking = false;
  state.report = report;
  render('verdict-title');
}

function keep(): void {
  if (state.root !== null) state.isRemembered = remember({ root: state.root.pem, policy: state.policy?.text ?? null });
}

async function forgetAll(): Promise<void> {
  forget();
  Object.assign(state, { root: null, policy: null, isRemembered: false });
  await verify();
  document.getElementById('root-file')?.focus();
}

// --- how it is shown

const problemView = (kind: FileKind): Child => {
  const problem = state.problems[kind];
  if (problem === undefined) return null;
  return el('p', { class: 'notice bad', role: 'alert', id: `${kind}-problem` }, el('strong', {}, t(problem.word)), problem.detail === null ? null : el('span', { class: 'code' }, problem.detail));
};

function fileInput(kind: FileKind, label: keyof Words, hint: keyof Words, accept: string, look = ''): HTMLElement {
  const input = el('input', { type: 'file', id: `${kind}-file`, accept, 'aria-describedby': `${kind}-hint` });
  input.addEventListener('change', () => void takeFiles(input.files ?? [], kind));
  return el('div', { class: `choice ${look}` }, el('label', { for: `${kind}-file` }, t(label)), el('p', { class: 'quiet', id: `${kind}-hint` }, t(hint)), input, problemView(kind));
}

function rootChosen({ certificates }: Root): HTMLElement {
  return el('div', { class: 'chosen', id: 'root-chosen' }, ...certificates.flatMap((certificate) => [
    el('p', {}, el('strong', {}, t('rootChosen', { name: longName(certificate.subject), until: day(certificate.notAfter) }))),
    el('p', { class: 'quiet' }, t('rootFingerprint')),
    el('p', { class: 'code' }, hexEncode(certificate.fingerprint).replace(/.{4}(?=.)/g, '$& ')),
  ]));
}

function policyChosen({ policy }: ChosenPolicy): HTMLElement {
  const logs = count('logsOne', 'logsMany', policy.logs.length);
  const witnesses = count('witnessesOne', 'witnessesMany', policy.witnesses.length);
  const remove = el('button', { type: 'button', id: 'remove-policy', onclick: () => {
    state.policy = null;
    if (state.isRemembered) keep();
    void verify();
  } }, t('removePolicy'));
  return el('div', { class: 'chosen', id: 'policy-chosen' }, el('p', {}, el('strong', {}, t('policyChosen', { logs, witnesses }))), remove);
}

function rememberChoice(): Child[] {
  if (state.root === null) return [];
  const box = el('input', { type: 'checkbox', id: 'remember', checked: state.isRemembered });
  box.addEventListener('change', () => {
    if (box.checked) keep();
    else {
      forget();
      state.isRemembered = false;
    }
    const isRefused = box.checked && !state.isRemembered;
    render('remember');
    say(t(isRefused ? 'notRemembered' : state.isRemembered ? 'remembered' : 'forget'));
  });
  return [el('label', { class: 'tick' }, box, t('remember')),
    el('button', { type: 'button', id: 'forget', onclick: () => void forgetAll() }, t('forget'))];
}

function inputsView(): Child[] {
  const isMissing = state.root === null && state.receipt !== null;
  return [
    el('section', { class: 'card inputs', id: 'drop' }, el('h2', {}, t('receiptHeading')),
      fileInput('receipt', 'receiptDrop', 'receiptHint', '.json,application/json', 'drop'),
      state.receipt === null ? null : el('p', { class: 'chosen', id: 'receipt-chosen' }, t('receiptChosen', { name: state.receipt.name })),
      isMissing ? el('p', { class: 'notice', role: 'alert', id: 'root-missing' }, t('rootMissing')) : null),
    el('section', { class: 'card inputs' }, el('h2', {}, t('trustHeading')),
      fileInput('root', 'rootChoose', 'rootHint', '.pem,.crt,.cer'), state.root === null ? null : rootChosen(state.root),
      fileInput('policy', 'policyChoose', 'policyHint', '.policy,.txt,text/plain'), state.policy === null ? null : policyChosen(state.policy),
      ...rememberChoice()),
  ];
}

/** Of the link that the page was opened by: which receipt it is of, and whether this is it. */
function addressView(): Child {
  const address = parseAddress(location.hash);
  if (address === null) return null;
  if (address === 'damaged') return el('p', { class: 'notice bad', role: 'alert', id: 'address' }, t('addressedBad'));
  const { report } = state;
  if (report === null)
    return el('div', { class: 'notice', id: 'address' }, el('p', {}, t('addressed', { index: address.index, origin: address.origin })),
      el('p', { class: 'quiet' }, t('addressedOrder')), el('p', { class: 'code' }, address.order));
  const isSame = isOf(address, report);
  return el('p', { class: isSame ? 'notice' : 'notice bad', role: isSame ? null : 'alert', id: 'address' }, el('strong', {}, t(isSame ? 'addressedSame' : 'addressedOther')));
}

function say(text: string): void {
  document.getElementById('status')!.textContent = text;
}

function render(focus: string | null): void {
  document.documentElement.lang = currentLocale();
  document.title = t('title');
  const language = document.getElementById('language')!;
  language.textContent = t('language');
  language.setAttribute('lang', currentLocale() === 'en' ? 'ko' : 'en');
  document.getElementById('title')!.textContent = t('title');
  const { report, isWorking } = state;
  const print = report === null ? null : el('p', { class: 'actions' }, el('button', { type: 'button', id: 'print', onclick: () => window.print() }, t('print')));
  const crypto = globalThis.crypto?.subtle === undefined ? el('p', { class: 'notice bad', role: 'alert' }, t('noCrypto')) : null;
  const children: Child[] = [el('p', { class: 'intro' }, t('intro')), crypto, ...(report === null ? [addressView(), ...inputsView()] : [...inputsView(), addressView(), ...resultView(report, Math.floor(Date.now() / 1000))]), print];
  document.getElementById('screen')!.replaceChildren(...children.filter((child): child is Node | string => Boolean(child)));
  say(isWorking ? t('working') : '');
  if (focus !== null) {
    const target = document.getElementById(focus);
    target?.focus();
    if (focus === 'verdict-title') (document.getElementById('address') ?? target)?.scrollIntoView({ block: 'start' });
  }
}

/** Paper shows what is folded away on the screen. */
function unfoldForPaper(): void {
  for (const details of document.querySelectorAll('details')) details.open = true;
}

/** Every file that is dropped anywhere is taken; none is opened by the browser. */
function listenForDrops(): void {
  const body = document.body;
  body.addEventListener('dragover', (event) => {
    event.preventDefault();
    body.classList.add('dragging');
  });
  body.addEventListener('dragleave', () => body.classList.remove('dragging'));
  body.addEventListener('drop', (event) => {
    event.preventDefault();
    body.classList.remove('dragging');
    if (event.dataTransfer !== null) void takeFiles(event.dataTransfer.files, null);
  });
}

async function start(): Promise<void> {
  useLocale(navigator.language.startsWith('ko') ? 'ko' : 'en');
  document.getElementById('language')!.addEventListener('click', () => {
    useLocale(currentLocale() === 'en' ? 'ko' : 'en');
    render('language');
  });
  listenForDrops();
  window.addEventListener('beforeprint', unfoldForPaper);
  window.addEventListener('hashchange', () => render(null));
  const kept = recall();
  if (kept !== null) {
    state.isRemembered = true;
    await takeBytes('root', utf8Encode(kept.root), '');
    if (kept.policy !== null) await takeBytes('policy', utf8Encode(kept.policy), '');
  }
  render(null);
}

void start();
