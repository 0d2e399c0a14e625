// SPDX-License-Identifier: Apache-2.0
// Every word that the screen shows, in English and Korean.
import { errorsEn, errorsKo } from './words_errors.js';
import { purchaseEn, purchaseKo } from './words_purchase.js';

const en = {
  ...purchaseEn,
  title: 'Countersign wallet',
  language: '한국어',
  back: 'Back',
  home: 'Home',
  pay: 'Pay',
  settings: 'Settings',
  working: 'One moment…',
  done: 'Done.',
  cancelled: 'Cancelled. Nothing was signed.',

  startTitle: 'Open your wallet',
  startText: 'Open the newest address that the wallet printed. You can also paste it, or the code after #, here. It opens the wallet once: if it is used up, press Enter where the wallet runs and it prints another. If you did not use it yourself, somebody else did.',
  startField: 'Address or code',
  startButton: 'Open',

  homeTitle: 'Your wallet',
  softToken:
    'This wallet keeps its keys in files of this computer, which are not tamper-resistant. Use an IC card where more is at stake.',
  locked: 'The card is locked after too many wrong PINs.',
  triesLeft: 'PIN tries left: {count}',
  certificate: 'Certificate',
  noCertificate: 'You have no certificate yet. Register at a shop that takes part; it shows a link or a QR code.',
  enrolButton: 'Enter an enrolment link',
  registeredBy: 'Registered by',
  validUntil: 'Valid until',
  keyMadeBy: 'Key made by',
  keyAuthority: 'the authority',
  keyHolder: 'this card',
  pending: 'Waiting for you',
  waitsPassword: 'Waiting for the password from the mail',
  waitsCode: 'Waiting for the code from the mail',
  waitsPin: 'Waiting for your PIN to finish',
  purchases: 'Purchases',
  noPurchases: 'No purchases yet.',

  enrolTitle: 'New certificate',
  enrolText: 'Paste the link that the shop showed after you registered.',
  link: 'Link',
  keySource: 'Where shall the keys be made?',
  keySourceFile: 'By the authority, delivered encrypted',
  keySourceCard: 'On this card; they never leave it',
  continue: 'Continue',
  consentTitle: 'Is this what you agreed to?',
  consentText: '{merchant} registered you with this:',
  merchant: 'Shop',
  merchantSubject: 'Name in its certificate',
  elsewhere: 'Registered in',
  elsewhereText: '{place} – not your own region',
  address: 'Your address',
  agreed: 'Agreed',
  agreedTo: 'What you agreed to',
  mailHint:
    'The password is on its way to this address. Compare: the mail must name the same shop. If anything is wrong, go no further and use the link in the mail to object.',
  password: 'Password from the mail',
  mailedCode: 'Password from the mail',
  mailedRoot: 'Fingerprint of the network root from the mail',
  mailedRootHint: 'At least its first 32 digits. Without a key file, this is how your wallet knows the true network.',
  pin: 'PIN',
  pinHint: 'The PIN of your card',
  openButton: 'Accept and finish',
  activeTitle: 'Your certificate is ready',
  activeText: 'Write this code down and keep it apart from this device. It suspends your certificate at once if the device is lost:',
  toHome: 'To your wallet',

  payTitle: 'Pay',
  payText: 'Paste the payment link that the shop shows.',
  requestTitle: 'Sign this order?',
  origin: 'Shop page',
  originHint: 'No browser attests where you clicked: compare with the address of the page that you see.',
  quantity: 'Item',
  amount: 'Amount',
  total: 'Total',
  expires: 'Valid until',
  confirmedBy: 'Confirmed by',
  sign: 'Sign with PIN',
  refuse: 'Do not sign',
  asking: 'Asking the shop and the authority…',

  resultConfirmed: 'Confirmed',
  resultRefused: 'Refused',
  resultOpen: 'Signed; not decided yet',
  resultRefusedForNow: 'Refused for now',
  resultCancelled: 'Cancelled',
  resultShown: 'Not signed',
  confirmedText: 'The authority confirmed this purchase. Your wallet verified every signature in the confirmation.',
  openText: 'Your order is signed and sent, but no answer is known. Ask again: a repeated question never pays twice.',
  refusedText: 'The authority refused this purchase:',
  refusedForNowText: 'The authority refused this purchase for now. It may confirm it until {until}: ask again. A repeated question never pays twice.',
  refusedAndOverText: 'The authority refused this purchase for now, and since then the order’s time is over. Ask once more to know for sure.',
  askAgain: 'Ask again',
  confirmationNumber: 'Number',
  confirmationId: 'Confirmation',
  confirmationTime: 'Confirmed at',
  degraded: 'Confirmed all the same',
  degradedText: 'Your own data centre could not be reached. The authority went by what it knew of your certificate at {time}.',
  answers: 'Who answered',
  fromGateway: 'The shop',
  fromAuthority: 'The authority, asked directly',
  outcomeConfirmed: 'confirmed',
  outcomeRefused: 'refused',
  save: 'Save the confirmation',

  listTitle: 'All your certificates',
  listText: 'The authority lists what was issued to your address. If you see one that you did not ask for, suspend at once.',
  listButton: 'Show the list',
  state: 'State',
  role: 'Use',
  serial: 'Number',
  active: 'active',
  on_hold: 'suspended',
  revoked: 'revoked',
  'purchaser': 'signing',
  'purchaser-agreement': 'encryption',

  pinTitle: 'Change the PIN',
  pinOld: 'PIN now',
  pinNew: 'New PIN (4 to 64 characters)',
  pinAgain: 'New PIN once more',
  pinDiffers: 'The two new PINs differ.',
  pinDone: 'The PIN is changed.',
  addressTitle: 'Change your mail address',
  addressNew: 'New address',
  addressText: 'Both addresses get a mail with a link. The change takes effect when both links were followed.',
  addressDone: 'Look into both mailboxes and follow the links.',
  renewTitle: 'Renew the certificate',
  renewText: 'New keys are made on this card, and the old certificate is replaced.',
  renewDone: 'The certificate is renewed.',
  suspendTitle: 'Suspend the certificate',
  suspendText: 'From that moment nothing can be signed with it. Only the authority can resume it.',
  suspendDone: 'The certificate is suspended.',
  code: 'Suspension code',
};

/** @type {typeof en} */
const ko = {
  ...purchaseKo,
  title: 'Countersign 지갑',
  language: 'English',
  back: '뒤로',
  home: '홈',
  pay: '결제',
  settings: '설정',
  working: '잠시 기다려 주십시오…',
  done: '완료되었습니다.',
  cancelled: '취소되었습니다. 아무것도 서명하지 않았습니다.',

  startTitle: '지갑 열기',
  startText: '지갑이 마지막으로 표시한 주소를 여십시오. 그 주소나 # 뒤의 코드를 여기에 붙여 넣어도 됩니다. 주소는 한 번만 쓸 수 있습니다. 이미 쓰였으면 지갑을 실행한 창에서 Enter를 눌러 새 주소를 받으십시오. 본인이 쓰지 않았다면 다른 사람이 연 것입니다.',
  startField: '주소 또는 코드',
  startButton: '열기',

  homeTitle: '내 지갑',
  softToken: '이 지갑은 키를 이 컴퓨터의 파일에 보관하므로 변조 방지 기능이 없습니다. 더 중요한 거래에는 IC 카드를 사용하십시오.',
  locked: 'PIN을 여러 번 잘못 입력하여 카드가 잠겼습니다.',
  triesLeft: '남은 PIN 입력 횟수: {count}',
  certificate: '인증서',
  noCertificate: '아직 인증서가 없습니다. 참여 상점에서 회원 가입을 하면 링크나 QR 코드가 표시됩니다.',
  enrolButton: '등록 링크 입력',
  registeredBy: '등록 상점',
  validUntil: '만료일',
  keyMadeBy: '키 생성',
  keyAuthority: '인증기관',
  keyHolder: '이 카드',
  pending: '처리할 일',
  waitsPassword: '메일로 받은 비밀번호를 기다리고 있습니다',
  waitsCode: '메일로 받은 코드를 기다리고 있습니다',
  waitsPin: 'PIN을 입력하면 완료됩니다',
  purchases: '구매 내역',
  noPurchases: '구매 내역이 없습니다.',

  enrolTitle: '새 인증서',
  enrolText: '가입 후 상점이 보여 준 링크를 붙여 넣으십시오.',
  link: '링크',
  keySource: '키를 어디에서 만들까요?',
  keySourceFile: '인증기관에서 만들어 암호화하여 전달',
  keySourceCard: '이 카드에서 생성 (카드 밖으로 나가지 않음)',
  continue: '계속',
  consentTitle: '동의하신 내용이 맞습니까?',
  consentText: '{merchant}에서 다음 내용으로 등록했습니다.',
  merchant: '상점',
  merchantSubject: '인증서의 이름',
  elsewhere: '등록 지역',
  elsewhereText: '{place} – 내 지역이 아닙니다',
  address: '내 메일 주소',
  agreed: '동의한 시각',
  agreedTo: '동의한 내용',
  mailHint:
    '비밀번호가 이 주소로 발송되었습니다. 메일에 같은 상점 이름이 있는지 비교하십시오. 다른 점이 있으면 진행하지 말고 메일의 링크로 이의를 제기하십시오.',
  password: '메일로 받은 비밀번호',
  mailedCode: '메일로 받은 비밀번호',
  mailedRoot: '메일에 적힌 네트워크 루트 지문',
  mailedRootHint: '앞 32자리 이상을 입력하십시오. 키 파일이 없으면 지갑은 이것으로 올바른 네트워크를 확인합니다.',
  pin: 'PIN',
  pinHint: '카드의 PIN',
  openButton: '동의하고 완료',
  activeTitle: '인증서가 준비되었습니다',
  activeText: '이 코드를 적어 이 기기와 따로 보관하십시오. 기기를 잃어버렸을 때 인증서를 즉시 정지합니다.',
  toHome: '지갑으로',

  payTitle: '결제',
  payText: '상점이 보여 준 결제 링크를 붙여 넣으십시오.',
  requestTitle: '이 주문에 서명하시겠습니까?',
  origin: '상점 페이지',
  originHint: '어디에서 눌렀는지 브라우저가 증명하지 않습니다. 보고 있는 페이지의 주소와 비교하십시오.',
  quantity: '품목',
  amount: '금액',
  total: '합계',
  expires: '유효 시각',
  confirmedBy: '확인 기관',
  sign: 'PIN으로 서명',
  refuse: '서명하지 않음',
  asking: '상점과 인증기관에 묻고 있습니다…',

  resultConfirmed: '거래 확인됨',
  resultRefused: '거절됨',
  resultOpen: '서명함, 결과 대기 중',
  resultRefusedForNow: '일단 거절됨',
  resultCancelled: '취소됨',
  resultShown: '서명하지 않음',
  confirmedText: '인증기관이 이 구매를 확인했습니다. 지갑이 확인서의 모든 서명을 검증했습니다.',
  openText: '주문에 서명하여 보냈지만 아직 결과를 모릅니다. 다시 물어보십시오. 여러 번 물어도 두 번 결제되지 않습니다.',
  refusedText: '인증기관이 이 구매를 거절했습니다.',
  refusedForNowText: '인증기관이 이 구매를 일단 거절했습니다. {until}까지는 확인될 수 있으니 다시 물어보십시오. 여러 번 물어도 두 번 결제되지 않습니다.',
  refusedAndOverText: '인증기관이 이 구매를 일단 거절했고, 그 뒤 주문의 유효 시간이 지났습니다. 확실히 하려면 한 번 더 물어보십시오.',
  askAgain: '다시 묻기',
  confirmationNumber: '번호',
  confirmationId: '확인서',
  confirmationTime: '확인 시각',
  degraded: '제한된 확인',
  degradedText: '소속 데이터 센터에 연결할 수 없었습니다. 인증기관은 {time}에 알고 있던 인증서 상태를 근거로 확인했습니다.',
  answers: '응답한 곳',
  fromGateway: '상점',
  fromAuthority: '인증기관 (직접 문의)',
  outcomeConfirmed: '확인됨',
  outcomeRefused: '거절됨',
  save: '확인서 저장',

  listTitle: '내 모든 인증서',
  listText: '내 주소로 발급된 인증서를 인증기관이 알려 줍니다. 신청하지 않은 것이 있으면 즉시 정지하십시오.',
  listButton: '목록 보기',
  state: '상태',
  role: '용도',
  serial: '번호',
  active: '사용 중',
  on_hold: '정지됨',
  revoked: '폐지됨',
  'purchaser': '서명',
  'purchaser-agreement': '암호화',

  pinTitle: 'PIN 변경',
  pinOld: '현재 PIN',
  pinNew: '새 PIN (4~64자)',
  pinAgain: '새 PIN 다시 입력',
  pinDiffers: '새 PIN이 서로 다릅니다.',
  pinDone: 'PIN을 변경했습니다.',
  addressTitle: '메일 주소 변경',
  addressNew: '새 주소',
  addressText: '두 주소로 링크가 있는 메일이 발송됩니다. 두 링크를 모두 열어야 변경됩니다.',
  addressDone: '두 메일함을 열어 링크를 누르십시오.',
  renewTitle: '인증서 갱신',
  renewText: '이 카드에서 새 키를 만들고 이전 인증서를 교체합니다.',
  renewDone: '인증서를 갱신했습니다.',
  suspendTitle: '인증서 정지',
  suspendText: '정지하면 즉시 서명할 수 없습니다. 인증기관만 다시 사용하게 할 수 있습니다.',
  suspendDone: '인증서를 정지했습니다.',
  code: '정지 코드',
};

/** @typedef {'en' | 'ko'} Locale */
/** @typedef {keyof typeof en} Word */

/** @type {Locale} */
let locale = navigator.language.startsWith('ko') ? 'ko' : 'en';

export function currentLocale() {
  return locale;
}

/** @param {string} wanted */
export function useLocale(wanted) {
  if (wanted === 'en' || wanted === 'ko') locale = wanted;
  document.documentElement.lang = locale;
  document.title = t('title');
}

/**
 * @param {Word} word
 * @param {Record<string, string | number>} [values]
 */
export function t(word, values = {}) {
  return (locale === 'ko' ? ko : en)[word].replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ''));
}

/**
 * A word by a name that came from elsewhere; the name itself when there is none.
 * @param {string} name
 */
export function tName(name) {
  const words = /** @type {Record<string, string>} */ (locale === 'ko' ? ko : en);
  return words[name] ?? name;
}

/**
 * What a requested field is called.
 * @param {string} name  "name", "overAge:19"
 */
export function fieldWord(name) {
  const [field, age] = name.split(':');
  if (field === 'overAge') return t('overAge', { age: age ?? '' });
  return tName(field === 'address' ? 'postalAddress' : field);
}

/**
 * What went wrong and what to do, for the code of a problem.
 * @param {string} code
 * @returns {{title: string, remedy: string}}
 */
export function errorWords(code) {
  const words = locale === 'ko' ? errorsKo : errorsEn;
  const [title, remedy] = words[code] ?? words.internal;
  return { title, remedy };
}

/** @param {import('./api.js').Amount} amount */
export function money(amount) {
  const value = amount.minorUnits / 10 ** amount.digits;
  const format = { minimumFractionDigits: amount.digits, maximumFractionDigits: amount.digits };
  return `${amount.currency} ${new Intl.NumberFormat(locale, format).format(value)}`;
}

/** @param {string} time */
export function when(time) {
  return new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(time));
}
