// SPDX-License-Identifier: Apache-2.0
// The page: what the person chose, what was found out about it, and how both are shown.
import { hexEncode, utf8Encode } from '../base/bytes.js';
import type { Report } from '../evidence/report.js';
import { verifyReceipt } from '../evidence/verify_receipt.js';
import { isOf, parseAddress } from './address.js';
import { Choice, type ChosenPolicy, type ChosenRoot, type Place } from './choice.js';
import { type Child, el } from './dom.js';
import { type FileKind, readFile } from './files.js';
import { type Remembered, canRemember, forget, recall, remember } from './remembered.js';
import { longName } from './statements.js';
import { resultView } from './view_result.js';
import { count, currentLocale, day, t, useLocale } from './words.js';
import type { Words } from './words_en.js';

const choice = new Choice();
const state: { report: Report | null; isWorking: boolean; kept: Remembered | null } = { report: null, isWorking: false, kept: null };

// --- what is chosen

let taking = Promise.resolve(); // until the files before are taken

async function takeFiles(files: Iterable<File>, place: Place): Promise<void> {
  const chosen = [...files];
  withdraw();
  render(null);
  taking = taking.then(async () => {
    choice.clearDropped();
    for (const file of chosen) await choice.take(await readFile(file), file.name, place);
  });
  await taking;
  await verify();
}

let asked = 0; // how often the result was asked for or withdrawn: an earlier one does not take a later one's place

function withdraw(): void {
  asked += 1;
  Object.assign(state, { report: null, isWorking: false });
}

async function verify(): Promise<void> {
  withdraw();
  const { root, receipt, policy, hasProblems } = choice;
  if (root === null || receipt === null || hasProblems) return render(null);
  const own = asked;
  state.isWorking = true;
  render(null);
  const report = await verifyReceipt(receipt.bytes, { roots: root.certificates, policy: policy?.policy ?? null });
  if (own !== asked) return;
  Object.assign(state, { report, isWorking: false });
  render('verdict-title');
}

function whatToKeep(): Remembered | null {
  return choice.root === null || choice.hasProblems ? null : { root: choice.root.pem, policy: choice.policy?.text ?? null };
}

/** Whether exactly what is chosen is kept: what took its place is not before the box is ticked again. */
function isKept(): boolean {
  const chosen = whatToKeep();
  return chosen !== null && state.kept?.root === chosen.root && state.kept.policy === chosen.policy;
}

function keep(): void {
  const chosen = whatToKeep();
  if (chosen !== null && remember(chosen)) state.kept = chosen;
}

function forgetKept(): void {
  forget();
  state.kept = null;
}

async function forgetAll(): Promise<void> {
  forgetKept();
  choice.clear('root');
  choice.clear('policy');
  await verify();
  document.getElementById('root-file')?.focus();
}

// --- how it is shown

const problemView = (place: Place): Child => {
  const problem = choice.problemOf(place);
  if (problem === null) return null;
  return el('p', { class: 'notice bad', role: 'alert', id: `${place}-problem` }, el('strong', {}, t(problem.word)), problem.detail === null ? null : el('span', { class: 'code' }, problem.detail));
};

function fileInput(kind: FileKind, label: keyof Words, hint: keyof Words, accept: string, look = ''): HTMLElement {
  const input = el('input', { type: 'file', id: `${kind}-file`, accept, 'aria-describedby': `${kind}-hint` });
  input.addEventListener('change', () => void takeFiles(input.files ?? [], kind));
  return el('div', { class: `choice ${look}` }, el('label', { for: `${kind}-file` }, t(label)), el('p', { class: 'quiet', id: `${kind}-hint` }, t(hint)), input, problemView(kind));
}

function rootChosen({ certificates }: ChosenRoot): HTMLElement {
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
    choice.clear('policy');
    void verify();
  } }, t('removePolicy'));
  return el('div', { class: 'chosen', id: 'policy-chosen' }, el('p', {}, el('strong', {}, t('policyChosen', { logs, witnesses }))), remove);
}

function rememberBox(): HTMLElement {
  const box = el('input', { type: 'checkbox', id: 'remember', checked: isKept() });
  box.addEventListener('change', () => {
    if (box.checked) keep();
    else forgetKept();
    const isRefused = box.checked && !isKept();
    render('remember');
    say(t(isRefused ? 'notRemembered' : isKept() ? 'remembered' : 'forget'));
  });
  return el('label', { class: 'tick' }, box, t('remember'));
}

function rememberChoice(): Child[] {
  if (choice.root === null && choice.policy === null && state.kept === null) return [];
  return [canRemember() && whatToKeep() !== null ? rememberBox() : null,
    el('button', { type: 'button', id: 'forget', onclick: () => void forgetAll() }, t('forget'))];
}

/** Why nothing is judged, where that is not plain. */
function notJudged(): Child {
  if (choice.receipt === null) return null;
  if (choice.hasProblems) return el('p', { class: 'notice', id: 'not-judged' }, t('notJudged'));
  return choice.root === null ? el('p', { class: 'notice', role: 'alert', id: 'root-missing' }, t('rootMissing')) : null;
}

function inputsView(): Child[] {
  const { receipt, root, policy } = choice;
  return [
    el('section', { class: 'card inputs', id: 'drop' }, el('h2', {}, t('receiptHeading')),
      fileInput('receipt', 'receiptDrop', 'receiptHint', '.json,application/json', 'drop'), problemView('dropped'),
      receipt === null ? null : el('p', { class: 'chosen', id: 'receipt-chosen' }, t('receiptChosen', { name: receipt.name })),
      notJudged()),
    el('section', { class: 'card inputs' }, el('h2', {}, t('trustHeading')),
      fileInput('root', 'rootChoose', 'rootHint', '.pem,.crt,.cer'), root === null ? null : rootChosen(root),
      fileInput('policy', 'policyChoose', 'policyHint', '.policy,.txt,text/plain'), policy === null ? null : policyChosen(policy),
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
    if (event.dataTransfer !== null) void takeFiles(event.dataTransfer.files, 'dropped');
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
  state.kept = recall();
  if (state.kept !== null) {
    await choice.put('root', utf8Encode(state.kept.root), '');
    if (state.kept.policy !== null) await choice.put('policy', utf8Encode(state.kept.policy), '');
  }
  render(null);
}

void start();
