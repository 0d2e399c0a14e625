// SPDX-License-Identifier: Apache-2.0
// Every word that the window shows, in English and Korean.
import { errorsEn, errorsKo } from './words_errors.js';

const en = {
  askTitle: 'Go on at your terminal?',
  askOrigin: 'This page asks for a purchase or a proof of who you are:',
  askWhat:
    'Your terminal will show what it is about and ask for your PIN. Keys, personal data and payment data stay on it; this computer keeps nothing.',
  askSeveral: 'Merchants that take part, and where their orders are made:',
  askCompare: 'If this is not the address of the shop that you are visiting, choose “Not now”.',
  consent: 'Continue on my terminal',
  decline: 'Not now',
  nothingTitle: 'There is nothing to do here',
  nothingText: 'This window belonged to a purchase that is over. You can close it.',
  close: 'Close',
  mediatorSaid: 'What the mediator said',
  cancel: 'Cancel',
  workTitle: 'On its way',
  workHint: 'Closing this window cancels the purchase, until it is approved.',
  starting: 'Starting the mediator',
  searching: 'Looking for your terminal',
  connected: 'Terminal found, connecting it with the shop',
  asked: 'Look at your terminal: it asks you',
  review: 'Have a last look at the order here',
  approved: 'Approved on the terminal',
  confirming: 'The shop and the authority confirm',
  reviewTitle: 'A last look at the order',
  reviewText: 'Is this what you want? It is shown here only and kept nowhere.',
  item: 'Item',
  quantity: 'Quantity',
  amount: 'Amount',
  subtotal: 'To this merchant',
  eachByItself: 'One approval for several merchants. Each order is decided by itself: one can fail and another not.',
  total: 'Total',
  totalShown: 'Total of what is shown here',
  notShown: 'This is not all of it: your terminal shows what is bought of the other merchants before you approve. Orders not shown here:',
  continue: 'Continue with payment',
  confirmed: 'Confirmed',
  confirmedText: 'The authority confirmed your order. Your terminal has the confirmation; the shop’s page shows the receipt.',
  refused: 'Refused',
  refusedText: 'The order was refused. Nothing is charged.',
  cancelled: 'Cancelled',
  cancelledText: 'You or the shop ended it. Nothing was charged.',
  failed: 'It did not work',
  partly: 'Some are confirmed, others are not',
  partlyText: 'What is confirmed is bought; what was refused or cancelled or failed is not. Each order stands below.',
  left_out: 'Left out at your terminal',
  undecided: 'Not decided yet',
  undecidedText:
    'What is not decided yet was approved and may be bought yet. Your terminal finds out: look there before you buy it again.',
  statusTitle: 'This computer',
  statusText: 'Pages that sell with Countersign start this by themselves. These are the parts on this computer:',
  version: 'Mediator',
  pairings: 'Paired terminals',
};

/** @typedef {typeof en} Words */
/** @type {Record<keyof Words, string>} */
const ko = {
  askTitle: '단말기에서 계속할까요?',
  askOrigin: '이 페이지가 구매 또는 본인 확인을 요청합니다:',
  askWhat:
    '단말기에 내용이 표시되고 PIN을 묻습니다. 키와 개인 정보, 결제 정보는 단말기에만 있으며 이 컴퓨터에는 아무것도 저장하지 않습니다.',
  askSeveral: '참여하는 판매자 수와 주문이 이루어지는 곳:',
  askCompare: '지금 방문 중인 상점의 주소가 아니면 “나중에”를 선택하십시오.',
  consent: '단말기에서 계속',
  decline: '나중에',
  nothingTitle: '할 일이 없습니다',
  nothingText: '이미 끝난 구매의 창입니다. 닫아도 됩니다.',
  close: '닫기',
  mediatorSaid: '중개 프로그램의 메시지',
  cancel: '취소',
  workTitle: '진행 중',
  workHint: '승인 전에 이 창을 닫으면 구매가 취소됩니다.',
  starting: '중개 프로그램을 시작합니다',
  searching: '단말기를 찾고 있습니다',
  connected: '단말기를 찾아 상점과 연결하고 있습니다',
  asked: '단말기를 확인하십시오',
  review: '여기에서 주문을 마지막으로 확인하십시오',
  approved: '단말기에서 승인했습니다',
  confirming: '상점과 인증기관이 확인하고 있습니다',
  reviewTitle: '주문 마지막 확인',
  reviewText: '원하는 내용이 맞습니까? 여기에만 표시되며 어디에도 저장되지 않습니다.',
  item: '품목',
  quantity: '수량',
  amount: '금액',
  subtotal: '이 판매자에게',
  eachByItself: '여러 판매자의 주문을 한 번에 승인합니다. 주문은 각각 따로 결정되므로 하나가 실패해도 다른 주문은 성립할 수 있습니다.',
  total: '합계',
  totalShown: '여기에 표시된 주문의 합계',
  notShown: '이것이 전부가 아닙니다. 다른 판매자의 주문은 승인 전에 단말기에 표시됩니다. 여기에 표시되지 않은 주문 수:',
  continue: '결제 계속',
  confirmed: '확인되었습니다',
  confirmedText: '인증기관이 주문을 확인했습니다. 확인서는 단말기에 있고, 상점 페이지에 영수증이 표시됩니다.',
  refused: '거절되었습니다',
  refusedText: '주문이 거절되었습니다. 청구되는 금액은 없습니다.',
  cancelled: '취소되었습니다',
  cancelledText: '본인 또는 상점이 취소했습니다. 청구되는 금액은 없습니다.',
  failed: '진행하지 못했습니다',
  partly: '일부만 확인되었습니다',
  partlyText: '확인된 주문은 성립되었고, 거절·취소되거나 실패한 주문은 성립되지 않았습니다. 각 주문의 결과는 아래와 같습니다.',
  left_out: '단말기에서 제외했습니다',
  undecided: '아직 결정되지 않았습니다',
  undecidedText:
    '아직 결정되지 않은 주문은 이미 승인되어 나중에 성립될 수 있습니다. 결과는 단말기가 확인하므로, 다시 구매하기 전에 단말기를 보십시오.',
  statusTitle: '이 컴퓨터',
  statusText: 'Countersign으로 판매하는 페이지에서 자동으로 시작됩니다. 이 컴퓨터에 설치된 부분은 다음과 같습니다:',
  version: '중개 프로그램',
  pairings: '연결된 단말기',
};

const korean = /^ko\b/.test(globalThis.navigator?.language ?? '');
export const locale = korean ? 'ko' : 'en';

/** @param {keyof Words} key */
export const t = (key) => (korean ? ko : en)[key];

/** What went wrong, and what to do. @param {string} code */
export function errorWords(code) {
  const table = korean ? errorsKo : errorsEn;
  const [title, remedy] = table[code] ?? /** @type {[string, string]} */ (table['internal']);
  return { title, remedy };
}

/** @param {number} minorUnits @param {string} currency */
export function money(minorUnits, currency) {
  const format = new Intl.NumberFormat(locale, { style: 'currency', currency, currencyDisplay: 'code' });
  return format.format(minorUnits / 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2));
}

export const tables = { en, ko, errorsEn, errorsKo };
