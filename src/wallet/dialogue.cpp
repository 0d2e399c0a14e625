// SPDX-License-Identifier: Apache-2.0
#include "wallet/dialogue.h"

#include <algorithm>

#include "crypto/digest.h"
#include "crypto/random.h"
#include "wallet/set_payment.h"
#include "wallet/trust.h"
#include "x509/cms_envelope.h"

namespace countersign::wallet {
namespace {

using documents::DialoguePurpose;
using documents::OrderProfile;

Sha256Digest new_nonce() {
  Sha256Digest nonce{};
  const Bytes random = crypto::random_bytes(nonce.size());
  std::copy(random.begin(), random.end(), nonce.begin());
  return nonce;
}

template <typename Value>
bool contains(const std::vector<Value>& list, const Value& value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

// The origin that this dialogue is for: the attested one, which must be the merchant's; without it that of
// the order, else the merchant's first.
Result<std::string> origin_of(const std::string& attested, const x509::Certificate& merchant) {
  const auto& origins = merchant.alternative_names().origins;
  if (!attested.empty() && !contains(origins, attested))
    return fail(ErrorCode::kWrongOrigin, "the page does not belong to the merchant of this checkout");
  if (origins.empty()) return fail(ErrorCode::kWrongOrigin, "the merchant's certificate names no shop");
  return attested.empty() ? origins.front() : attested;
}

// The strongest that the gateway says it allows, out of those that this wallet offered: whoever made the
// purchase weaker was not asked.
Result<void> check_profile(const documents::InformationRequest& request, const DialogueStart& start) {
  if (!contains(start.profiles, request.profile))
    return fail(ErrorCode::kForbidden, "the gateway chose a profile that this wallet did not offer");
  if (!contains(request.profiles, request.profile))
    return fail(ErrorCode::kForbidden, "the gateway chose a profile that it does not allow");
  for (const auto profile : request.profiles) {
    if (profile > request.profile && contains(start.profiles, profile))
      return fail(ErrorCode::kForbidden, "the gateway chose a weaker profile than it allows");
  }
  return ok();
}

Result<void> check_request(const documents::InformationRequest& request, const DialogueStart& start) {
  TRY(check_profile(request, start));
  const bool is_purchase = request.purpose == DialoguePurpose::kPurchase;
  if (start.group && !is_purchase)
    return fail(ErrorCode::kUnsupported, "information-request: a log-in or age check goes by itself");
  // By a link alone somebody could have this holder pass what his own browser waits for.
  if (!is_purchase && !start.attested)
    return fail(ErrorCode::kForbidden,
                "a log-in or age check begins at the shop's page, in a browser with the extension");
  if (!is_purchase && (request.methods || request.order))
    return fail(ErrorCode::kMalformed, "information-request: nothing is bought here");
  if (request.profile == OrderProfile::kSession && (request.methods || request.order))
    return fail(ErrorCode::kMalformed, "information-request: in this profile the order comes sealed");
  if (request.profile == OrderProfile::kSet && (request.methods || request.order))
    return fail(ErrorCode::kMalformed, "information-request: in this profile the order comes with a company");
  if (request.profile == OrderProfile::kPlain && request.methods.has_value() != request.order.has_value())
    return fail(ErrorCode::kMalformed, "information-request: payment and order go together");
  if (request.profile == OrderProfile::kDirect &&
      (request.methods || request.order.has_value() != is_purchase))
    return fail(ErrorCode::kMalformed, "information-request: an order, and nothing to pay it with");
  return ok();
}

}  // namespace

bool fits(const DialogueRequest& request, const MeansSummary& means) {
  if (!request.methods.empty() && !contains(request.methods, means.method)) return false;
  if (request.profile != OrderProfile::kSet) return !means.company;
  return request.companies.empty() || (means.company && contains(request.companies, *means.company));
}

Dialogue::Dialogue(Parties parties, PaymentDesk::Wait wait, DialogueStart start, Identity identity,
                   std::unique_ptr<GatewayAccess> gateway)
    : parties_(parties),
      desk_(parties, std::move(wait)),
      start_(std::move(start)),
      identity_(std::move(identity)),
      gateway_(std::move(gateway)),
      nonce_(new_nonce()) {}

Result<std::unique_ptr<Dialogue>> Dialogue::open(Parties parties, PaymentDesk::Wait wait, DialogueStart start,
                                                 Carrier carrier) {
  TRY(auto identity, find_identity(parties));
  TRY(auto gateway, reach_gateway(parties, identity, start.gateway, std::move(carrier)));
  TRY(origin_of(start.origin, gateway->merchant()));
  std::unique_ptr<Dialogue> dialogue(
      new Dialogue(parties, std::move(wait), std::move(start), std::move(identity), std::move(gateway)));
  TRY(dialogue->earlier_,
      parties.store.find_purchase_of(dialogue->start_.checkout, dialogue->gateway_->merchant().der()));
  if (dialogue->earlier_ && dialogue->earlier_->state == PurchaseState::kConfirmed) {
    dialogue->end(DialogueResult::kConfirmed, "");
    return dialogue;
  }
  TRY(auto answer, dialogue->converse(documents::PurchaseOpening{
                       dialogue->start_.profiles, dialogue->nonce_, dialogue->identity_.signing.der(),
                       dialogue->identity_.agreement.der(), dialogue->start_.group}));
  auto* request = std::get_if<documents::InformationRequest>(&answer);
  if (request == nullptr)
    return fail(ErrorCode::kUnsupported,
                "the gateway answers with something else than an information request");
  TRY(dialogue->take_request(std::move(*request)));
  return dialogue;
}

Result<documents::GatewayMessage> Dialogue::converse(const documents::WalletMessage& message) {
  return gateway_->converse(start_.checkout, start_.token, message);
}

OrderContext Dialogue::order_context() const {
  return {gateway_->merchant(), identity_.signing, *identity_.anchor, start_.checkout,
          parties_.clock.now(), request_->profile, start_.origin,     start_.group};
}

Result<void> Dialogue::take_request(documents::InformationRequest request) {
  TRY(check_request(request, start_));
  TRY(auto origin, origin_of(start_.origin, gateway_->merchant()));
  request_ = DialogueRequest{gateway_->merchant(),
                             std::move(origin),
                             request.profile,
                             request.purpose,
                             true,
                             std::move(request.fields),
                             {},
                             std::nullopt,
                             ""};
  const x509::Certificate* ca = identity_.anchor->issuer_of(gateway_->merchant());
  if (ca == nullptr) return fail(ErrorCode::kCertificateUnknown, "merchant: its authority is not known");
  TRY(const auto home, x509::permitted_subtree(*ca));
  request_->elsewhere = elsewhere(home, identity_.signing.subject());
  gateway_nonce_ = request.nonce;
  fields_ = request_->fields;
  if (!request.companies.empty()) return take_companies(std::move(request.companies));
  if (!request.order) return ok();
  TRY(take_order(*request.order));
  if (request.methods) request_->methods = std::move(*request.methods);
  return take_sealing_certificate(request.sealing_certificate);
}

Result<void> Dialogue::take_sealing_certificate(const std::optional<Bytes>& der) {
  if (!der) return ok();
  TRY(sealing_certificate_, x509::Certificate::from_der(*der));
  return ok();
}

Result<void> Dialogue::take_order(BytesView bytes) {
  TRY(auto order, check_order(bytes, order_context()));
  TRY(desk_.take_up(order, {start_.gateway, start_.checkout, start_.token, gateway_->merchant()}, identity_));
  order_ = std::move(order);
  request_->order = order_->order;
  request_->origin = order_->order.origin;
  return ok();
}

Result<Bytes> Dialogue::statement(const Release& release) {
  TRY(const auto data, HolderData(parties_).personal());
  const TimePoint now = parties_.clock.now();
  documents::PersonalInformation information{start_.checkout,
                                             request_->origin,
                                             gateway_->merchant().fingerprint(),
                                             request_->purpose,
                                             request_->profile,
                                             gateway_nonce_,
                                             nonce_,
                                             {}};
  for (const auto& field : release.fields) {
    if (!contains(request_->fields, field))
      return fail(ErrorCode::kForbidden, documents::field_name(field) + ": was not asked for");
    TRY(auto answer, answer_field(data, field, now));
    information.fields.push_back(std::move(answer));
  }
  TRY(auto content, documents::write_personal_information(information));
  TRY(const auto signer, signer_of(identity_, parties_.card));
  auto signed_statement = x509::sign_cms(signer, content, {x509::ContentType::kData, now});
  crypto::wipe(content);
  return signed_statement;
}

Result<PaymentMeans> Dialogue::means(const std::string& id) {
  TRY(auto chosen, HolderData(parties_).means(id));
  if (!fits(*request_, summary_of(id, chosen)))
    return fail(ErrorCode::kUnsupported, "this way to pay is not one of those that are asked for");
  TRY(check_payment_data(chosen.payment, parties_.clock.now()));
  return chosen;
}

Result<crypto::SecretBytes> Dialogue::instruction(documents::PaymentData data) const {
  return documents::write_payment_instruction({crypto::sha256(order_->bytes), std::move(data)});
}

// To the shop's key where it gave one, or as it is. Before the signature: a key that cannot be sealed to
// leaves nothing signed.
Result<documents::Payment> Dialogue::for_shop(documents::PaymentData data) const {
  if (!sealing_certificate_)
    return std::visit([](auto chosen) { return documents::Payment(std::move(chosen)); }, std::move(data));
  TRY(const auto content, instruction(std::move(data)));
  TRY(auto envelope, x509::seal_to(*sealing_certificate_, content));
  return documents::Payment(documents::SealedPayment{std::move(envelope)});
}

Result<Bytes> Dialogue::sign() {
  return desk_.sign(order_->order.id, order_context(), identity_);
}

Result<Dialogue::Next> Dialogue::release(const Release& release, const Commit& commit) {
  if (next_ != Next::kInformation) return fail(ErrorCode::kConflict, "information is not asked for now");
  TRY(auto statement_bytes, statement(release));
  documents::Information information{std::move(statement_bytes), {}, {}};
  if (!request_->companies.empty()) {
    TRY(asked_company_, company_of(release));
    information.company = asked_company_;
    request_->means = release.means;
  }
  if (order_) {
    if (!request_->methods.empty()) {
      TRY(auto chosen, means(release.means));
      auto ready = for_shop(std::move(chosen.payment));
      if (!ready) return take_unsent(ready.error());
      information.payment = std::move(ready).value();
    }
    TRY(commit());
    TRY(information.signed_order, sign());
  }
  return take_answer(converse(std::move(information)));
}

Result<Dialogue::Next> Dialogue::pay(const std::string& id, const Commit& commit) {
  if (next_ != Next::kPayment && next_ != Next::kReview)
    return fail(ErrorCode::kConflict, "payment is not asked for now");
  if (company_) return pay_split(id, commit);
  TRY(auto chosen, means(id));
  if (!session_key_.empty()) return pay_in_session(std::move(chosen.payment), commit);
  auto ready = for_shop(std::move(chosen.payment));
  if (!ready) return take_unsent(ready.error());
  TRY(commit());
  TRY(auto signed_order, sign());
  return take_answer(converse(documents::PaymentMessage{std::move(ready).value(), std::move(signed_order)}));
}

// Nothing that is signed has left: it can be tried again, unless it would fail again.
Result<Dialogue::Next> Dialogue::take_unsent(Error error) {
  if (!is_temporary(error.code)) end(DialogueResult::kFailed, std::string(error_name(error.code)));
  return fail(std::move(error));
}

Result<Dialogue::Next> Dialogue::take_answer(Result<documents::GatewayMessage> answer) {
  if (!answer) return take_failure(answer.error());
  auto next = take_message(std::move(answer).value());
  if (!next) return take_failure(next.error());
  return next;
}

// A shop that wants more fields than were agreed to has taken nothing yet: the holder may think again. Else,
// what was signed may have arrived although no good answer came back: then the authority knows. Before that,
// a failure that is not for now only ends the dialogue.
Result<Dialogue::Next> Dialogue::take_failure(Error error) {
  if (error.code == ErrorCode::kConsentMissing) return fail(std::move(error));
  if (order_) {
    TRY(const auto view, desk_.show(order_->order.id));
    if (view.record.state == PurchaseState::kSigned) return settle(fail(std::move(error)));
  }
  if (!is_temporary(error.code)) {
    TRY(const auto standing, standing_payment(parties_.store, purchase()));
    if (standing) return settle(fail(std::move(error)));
  }
  if (!is_temporary(error.code)) end(DialogueResult::kFailed, std::string(error_name(error.code)));
  return fail(std::move(error));
}

Result<Dialogue::Next> Dialogue::take_message(documents::GatewayMessage message) {
  if (auto* outcome = std::get_if<documents::Outcome>(&message)) return take_outcome(std::move(*outcome));
  if (auto* request = std::get_if<documents::PaymentRequest>(&message))
    return take_payment_request(std::move(*request));
  if (auto* offer = std::get_if<documents::SessionOfferMessage>(&message))
    return take_session_offer(std::move(*offer));
  if (auto* offer = std::get_if<documents::SplitOffer>(&message)) return take_split_offer(std::move(*offer));
  return fail(ErrorCode::kUnsupported, "the gateway answers with a message that does not belong here");
}

Result<Dialogue::Next> Dialogue::take_payment_request(documents::PaymentRequest request) {
  const bool belongs_here = next_ == Next::kInformation && !order_ &&
                            request_->profile == OrderProfile::kPlain &&
                            request_->purpose == DialoguePurpose::kPurchase;
  if (!belongs_here) return fail(ErrorCode::kUnsupported, "payment-request: does not belong here");
  TRY(take_order(request.order));
  request_->asks_information = false;
  request_->fields.clear();
  request_->methods = std::move(request.methods);
  TRY(take_sealing_certificate(request.sealing_certificate));
  return next_ = Next::kPayment;
}

Result<Dialogue::Next> Dialogue::take_outcome(documents::Outcome outcome) {
  using Kind = documents::Outcome::Kind;
  if (outcome.kind == Kind::kIdentified) {
    if (request_->purpose == DialoguePurpose::kPurchase)
      return fail(ErrorCode::kUnsupported, "outcome: of another purpose");
    return end(DialogueResult::kIdentified, "");
  }
  // What was sealed to a card company is decided by it, in whatever profile the shop speaks by now.
  TRY(const auto payments, parties_.store.split_payments(purchase()));
  if (payments.empty()) return take_outcome_of_order(std::move(outcome));
  return take_split_outcome(std::move(outcome), payments.back());
}

Result<Dialogue::Next> Dialogue::take_outcome_of_order(documents::Outcome outcome) {
  using Kind = documents::Outcome::Kind;
  if (outcome.kind == Kind::kDeclined) return take_declined(std::move(outcome));
  if (purchase().empty() || !outcome.document)
    return fail(ErrorCode::kMalformed, "outcome: without an order or a document");
  return settle(std::move(*outcome.document));
}

// The order stays signed: nobody countersigned it, and its confirmation can be asked for as ever.
Result<Dialogue::Next> Dialogue::take_declined(documents::Outcome outcome) {
  if (!order_) return end(DialogueResult::kDeclined, std::move(outcome.code));
  TRY(parties_.store.add_attempt(order_->order.id,
                                 {AttemptSource::kGateway, parties_.clock.now(), "declined", outcome.code}));
  if (outcome.tries_left == 0) return end(DialogueResult::kDeclined, std::move(outcome.code));
  request_->asks_information = false;
  request_->fields.clear();
  request_->declined = std::move(outcome.code);
  request_->answer = answer_;
  request_->standing.reset();
  return next_ = Next::kPayment;
}

// A wallet that comes back gets the outcome of what it signed then, without the order.
std::string Dialogue::purchase() const {
  if (order_) return order_->order.id;
  return earlier_ ? earlier_->id : "";
}

Result<Dialogue::Next> Dialogue::settle(const Result<Bytes>& document) {
  TRY(const auto view, desk_.settle(purchase(), identity_, document, document ? gateway_.get() : nullptr));
  switch (view.record.state) {
    case PurchaseState::kConfirmed:
      return end(DialogueResult::kConfirmed, "");
    case PurchaseState::kRefused:
      return end(DialogueResult::kRefused, std::string(error_name(view.refusal->reasons.front().code)));
    default:
      // What the gateway says of its own accord says more than that the authority has not heard of it.
      if (!document && document.error().code != ErrorCode::kUnavailable)
        return end(DialogueResult::kUnknown, std::string(error_name(document.error().code)));
      if (is_refused_for_now(view)) return end(DialogueResult::kUnknown, std::string(kRefusedForNow));
      return end(DialogueResult::kUnknown, view.attempts.empty() ? "" : view.attempts.back().outcome);
  }
}

Dialogue::Next Dialogue::end(DialogueResult result, std::string code) {
  end_ = {result, purchase(), std::move(code), answer_};
  return next_ = Next::kEnded;
}

void Dialogue::cancel() {
  if (next_ == Next::kEnded) return;
  // A signed order cannot be taken back; its outcome stays to be asked for.
  if (order_) static_cast<void>(parties_.store.keep_cancelled(order_->order.id));
  end(DialogueResult::kCancelled, std::string(error_name(ErrorCode::kCancelled)));
}

void Dialogue::tell_gateway() {
  static_cast<void>(gateway_->cancel(start_.checkout, start_.token));
}

}  // namespace countersign::wallet
