// SPDX-License-Identifier: Apache-2.0
#include "merchant/dialogue_desk.h"

#include <algorithm>

#include "crypto/digest.h"
#include "crypto/random.h"
#include "merchant/certificate_status.h"
#include "merchant/order_composer.h"
#include "merchant/statement_check.h"
#include "merchant/webhook_store.h"

namespace countersign::merchant {
namespace {

using documents::DialoguePurpose;
using documents::GatewayMessage;
using documents::OrderProfile;
using documents::Outcome;

template <typename T>
bool contains(const std::vector<T>& all, const T& one) {
  return std::ranges::find(all, one) != all.end();
}

bool is_opened_by(const Dialogue& dialogue, const documents::PurchaseOpening& opening) {
  return dialogue.wallet_nonce == opening.nonce && dialogue.purchaser == opening.certificate &&
         dialogue.agreement == opening.agreement_certificate && dialogue.group == opening.group;
}

Sha256Digest random_nonce() {
  Sha256Digest nonce{};
  std::ranges::copy(crypto::random_bytes(nonce.size()), nonce.begin());
  return nonce;
}

// Whether the payment of this dialogue goes sealed to a card company.
bool is_split(const Checkout& checkout, const Dialogue& dialogue) {
  return checkout.purpose == DialoguePurpose::kPurchase && dialogue.profile == OrderProfile::kSet;
}

}  // namespace

DialogueDesk::DialogueDesk(GatewayContext context, DialogueParts parts, DialogueTerms terms)
    : context_(context), parts_(parts), terms_(std::move(terms)) {}

Result<Bytes> DialogueDesk::answer(std::string_view checkout, BytesView message, BytesView tls_exporter) {
  TRY(auto parsed, documents::parse_wallet_message(message));
  const auto key = to_text(crypto::sha256_of({as_bytes(checkout), as_bytes("\n"), message}));
  const std::lock_guard lock(serving_.at(std::hash<std::string_view>()(checkout) % serving_.size()));
  if (auto earlier = remembered(key)) return std::move(*earlier);
  TRY(auto at, look_up(checkout));
  TRY(const auto reply, [&]() -> Reply {
    if (const auto* opening = std::get_if<documents::PurchaseOpening>(&parsed))
      return open(std::move(at), *opening);
    if (auto* information = std::get_if<documents::Information>(&parsed))
      return inform(std::move(at), std::move(*information), tls_exporter);
    return pay(std::move(at), std::move(std::get<documents::PaymentMessage>(parsed)), tls_exporter);
  }());
  TRY(auto bytes, documents::write_dialogue(reply));
  const auto* outcome = std::get_if<Outcome>(&reply);
  if (outcome != nullptr && outcome->kind == Outcome::Kind::kDeclined) remember(key, bytes);
  return bytes;
}

Result<DialogueDesk::Situation> DialogueDesk::look_up(std::string_view checkout) const {
  Situation at;
  TRY(context_.database.read([&](storage::Reader& reader) -> Result<void> {
    TRY(at.checkout, require_checkout(reader, checkout));
    TRY(at.dialogue, find_dialogue(reader, checkout));
    TRY(at.order, find_order_of(reader, checkout));
    if (!at.order) return ok();
    TRY(const auto countersigned, find_countersigned(reader, at.order->id));
    at.is_countersigned = countersigned.has_value();
    return ok();
  }));
  return at;
}

Result<void> DialogueDesk::require_live(const Situation& at) const {
  const auto state = at.checkout.state;
  if (state == CheckoutState::kCancelled) return fail(ErrorCode::kCancelled, "checkout was cancelled");
  const bool is_settled = at.is_countersigned || state == CheckoutState::kConfirmed;
  if (state == CheckoutState::kExpired || (!is_settled && at.checkout.expires <= context_.clock.now()))
    return fail(ErrorCode::kExpired, "checkout expired");
  return ok();
}

DialogueDesk::Reply DialogueDesk::open(Situation at, const documents::PurchaseOpening& opening) {
  TRY(require_live(at));
  if (opening.group && at.checkout.purpose != DialoguePurpose::kPurchase)
    return fail(ErrorCode::kUnsupported, "opening.group: a log-in or age check goes by itself");
  TRY(const auto profile, choose_profile(at, opening.profiles));
  if (at.dialogue && at.dialogue->profile == profile && is_opened_by(*at.dialogue, opening))
    return request_information(at, *at.dialogue);
  TRY(const auto dialogue, begin(at, opening, profile));
  // The order is bound to the wallet before the dialogue takes the place of another.
  TRY(auto request, request_information(at, dialogue));
  TRY(store(dialogue));
  return request;
}

// In which the order of this checkout can be taken, strongest first. What is countersigned stays what it is,
// whatever is configured by now.
Result<std::vector<OrderProfile>> DialogueDesk::allowed_profiles(const Situation& at) const {
  if (at.is_countersigned) {
    TRY(const auto order, documents::parse_order(at.order->document));
    return std::vector{order.profile};
  }
  const Checkout& checkout = at.checkout;
  if (checkout.purpose != DialoguePurpose::kPurchase)
    return std::vector{OrderProfile::kSet, OrderProfile::kSession, OrderProfile::kPlain,
                       OrderProfile::kDirect};  // nothing is paid
  auto allowed = parts_.checkouts.profiles_of(checkout);
  std::erase_if(allowed, [this](OrderProfile profile) {
    if (profile == OrderProfile::kDirect) return false;
    if (profile == OrderProfile::kSet) return parts_.split == nullptr || !parts_.split->can_review();
    return !parts_.payments.can_check();
  });
  return allowed;
}

// The strongest profile that both sides accept. It must be that of the order, where there is one.
Result<OrderProfile> DialogueDesk::choose_profile(const Situation& at,
                                                  const std::vector<OrderProfile>& offered) const {
  TRY(const auto allowed, allowed_profiles(at));
  const auto chosen =
      std::ranges::find_if(allowed, [&](OrderProfile profile) { return contains(offered, profile); });
  if (at.order) {
    TRY(const auto order, documents::parse_order(at.order->document));
    if (chosen == allowed.end() || *chosen != order.profile)
      return fail(ErrorCode::kConflict, "checkout was taken in another profile; begin again at the shop");
  }
  if (chosen == allowed.end())
    return fail(ErrorCode::kUnsupported, "opening.profiles: none that this checkout allows");
  return *chosen;
}

Result<Dialogue> DialogueDesk::begin(const Situation& at, const documents::PurchaseOpening& opening,
                                     OrderProfile profile) const {
  const bool is_bound =
      at.dialogue && (!at.dialogue->statement.empty() || at.checkout.state == CheckoutState::kConfirmed);
  if (is_bound && at.dialogue->purchaser != opening.certificate)
    return fail(ErrorCode::kConflict, "checkout was taken by another wallet");
  TRY(const auto signer, context_.identity.require_signer());
  TRY(const auto purchaser, x509::Certificate::from_der(opening.certificate));
  TRY(const auto agreement, x509::Certificate::from_der(opening.agreement_certificate));
  const TimePoint now = context_.clock.now();
  TRY(verify_purchaser(purchaser, context_.network, parts_.status, now));
  TRY(verify_agreement(agreement, purchaser, context_.network, parts_.status, now));
  if (!at.order) {
    TRY(parts_.checkouts.require_holder(at.checkout, purchaser));
  }
  return Dialogue{at.checkout.id,
                  profile,
                  signer.certificate.fingerprint(),
                  purchaser.der(),
                  agreement.der(),
                  opening.nonce,
                  random_nonce(),
                  is_bound ? at.dialogue->statement : Bytes(),
                  opening.group};
}

bool DialogueDesk::asks_at_once(OrderProfile profile) const {
  if (profile == OrderProfile::kDirect) return true;
  return profile == OrderProfile::kPlain && terms_.payment == DialogueTerms::Ask::kAtOnce;
}

DialogueDesk::Reply DialogueDesk::request_information(const Situation& at, const Dialogue& dialogue) {
  const Checkout& checkout = at.checkout;
  TRY(auto allowed, allowed_profiles(at));
  documents::InformationRequest request{dialogue.profile,
                                        dialogue.gateway_nonce,
                                        checkout.purpose,
                                        std::move(allowed),
                                        checkout.fields,
                                        {},
                                        {},
                                        {},
                                        {}};
  if (is_split(checkout, dialogue)) {
    TRY(request.companies, companies_for(at));
  }
  if (checkout.purpose == DialoguePurpose::kPurchase && asks_at_once(dialogue.profile)) {
    TRY(request.order,
        parts_.checkouts.take(checkout.id, dialogue.purchaser, {dialogue.profile, dialogue.group}));
    if (dialogue.profile == OrderProfile::kPlain) {
      request.methods = terms_.methods;
      request.sealing_certificate = sealing_certificate();
    }
  }
  return GatewayMessage(std::move(request));
}

// An order stays with its card company; nobody is offered less protection because companies are away.
Result<std::vector<x509::Name>> DialogueDesk::companies_for(const Situation& at) {
  if (at.order) {
    TRY(const auto order, documents::parse_order(at.order->document));
    if (order.card_company) return std::vector{order.card_company->subject};
  }
  auto names = parts_.split->companies().at_hand();
  if (names.empty()) return fail(ErrorCode::kUnavailable, "card companies: no certificates of any at hand");
  return names;
}

DialogueDesk::Reply DialogueDesk::inform(Situation at, documents::Information information,
                                         BytesView tls_exporter) {
  if (!at.dialogue) return fail(ErrorCode::kForbidden, "information: no dialogue was opened");
  TRY(require_live(at));
  TRY(check_statement(information.statement, *at.dialogue, at.checkout));
  if (information.company.has_value() != is_split(at.checkout, *at.dialogue))
    return fail(ErrorCode::kMalformed, "information.company: not what was asked for");
  at.dialogue->statement = information.statement;
  if (at.checkout.purpose != DialoguePurpose::kPurchase) return identify(at);
  TRY(store(*at.dialogue));
  if (at.is_countersigned) {
    TRY(const auto settled, parts_.confirmations.settle(at.order->id));
    return outcome_of(at.checkout.id, settled);
  }
  const auto profile = at.dialogue->profile;
  if (!asks_at_once(profile)) {
    if (information.payment || information.signed_order)
      return fail(ErrorCode::kForbidden, "information: payment was not asked for yet");
    return information.company ? offer_split(at, *information.company) : request_payment(at);
  }
  if (!information.signed_order) return fail(ErrorCode::kMalformed, "information.signedOrder: missing");
  if (information.payment.has_value() != (profile == OrderProfile::kPlain))
    return fail(ErrorCode::kMalformed, "information.payment: not what was asked for");
  if (!information.payment) return conclude(at, std::nullopt, *information.signed_order);
  return conclude(at, ReceivedPayment{std::move(*information.payment), tls_exporter},
                  *information.signed_order);
}

DialogueDesk::Reply DialogueDesk::identify(const Situation& at) {
  TRY(context_.database.write([&](storage::Transaction& transaction) -> Result<void> {
    TRY(auto checkout, require_checkout(transaction, at.checkout.id));
    TRY(put_dialogue(transaction, *at.dialogue));
    if (checkout.state != CheckoutState::kOpen) return ok();
    checkout.state = CheckoutState::kConfirmed;
    TRY(set_checkout_state(transaction, checkout.id, checkout.state));
    return enqueue_event(transaction, checkout, "", context_.clock.now());
  }));
  if (context_.watch != nullptr) context_.watch->changed(at.checkout.id, CheckoutState::kConfirmed);
  return GatewayMessage(Outcome{Outcome::Kind::kIdentified, std::nullopt, "", 0});
}

DialogueDesk::Reply DialogueDesk::request_payment(const Situation& at) {
  TRY(auto order, parts_.checkouts.take(at.checkout.id, at.dialogue->purchaser,
                                        {at.dialogue->profile, at.dialogue->group}));
  if (at.dialogue->profile == OrderProfile::kSession) {
    TRY(auto offering, parts_.sessions.offer(at.checkout, *at.dialogue, order));
    // Whoever cancelled while the key was made could not have it forgotten.
    TRY(const auto now, look_up(at.checkout.id));
    if (auto live = require_live(now); !live) {
      parts_.sessions.forget(at.checkout.id);
      return fail(live.error());
    }
    return GatewayMessage(documents::SessionOfferMessage{std::move(offering.offer),
                                                         std::move(offering.envelope), terms_.methods});
  }
  return GatewayMessage(documents::PaymentRequest{terms_.methods, std::move(order), sealing_certificate()});
}

// F7 S32–S33: the order with the company that the holder chose, and that company's certificates.
DialogueDesk::Reply DialogueDesk::offer_split(const Situation& at, const x509::Name& company) {
  if (parts_.split == nullptr) return fail(ErrorCode::kUnsupported, "payment: is not split here any more");
  TRY(auto offered, parts_.split->companies().certificates_of(company));
  TRY(auto order, parts_.checkouts.take(at.checkout.id, at.dialogue->purchaser,
                                        {at.dialogue->profile, at.dialogue->group, offered.reference}));
  auto& certificates = offered.certificates;
  return GatewayMessage(documents::SplitOffer{std::move(order), std::move(certificates.certificate),
                                              std::move(certificates.certificate_status),
                                              std::move(certificates.agreement_certificate),
                                              std::move(certificates.agreement_status), terms_.methods});
}

DialogueDesk::Reply DialogueDesk::pay(Situation at, documents::PaymentMessage message,
                                      BytesView tls_exporter) {
  if (!at.dialogue || at.dialogue->statement.empty() || at.dialogue->profile == OrderProfile::kDirect)
    return fail(ErrorCode::kForbidden, "payment: was not asked for");
  if (at.dialogue->profile == OrderProfile::kSet) return pay_split(at, message);
  TRY(require_live(at));
  return conclude(at, ReceivedPayment{std::move(message.payment), tls_exporter}, message.signed_order);
}

// F7 S40–S54. What was answered once is answered again, whatever became of the checkout since; but nothing is
// confirmed that is not live.
DialogueDesk::Reply DialogueDesk::pay_split(const Situation& at, const documents::PaymentMessage& message) {
  if (!at.order) return fail(ErrorCode::kForbidden, "payment: no order was sent");
  if (parts_.split == nullptr) return fail(ErrorCode::kUnsupported, "payment: is not split here any more");
  const auto* sealed = std::get_if<documents::SealedPayment>(&message.payment);
  if (sealed == nullptr) return fail(ErrorCode::kUnsupported, "payment: not sealed to the card company");
  TRY(const auto purchaser, x509::Certificate::from_der(at.order->purchaser));
  TRY(const auto instruction, verify_signed_order(message.signed_order, at.order->document, purchaser));
  if (!instruction) return fail(ErrorCode::kForbidden, "payment: the order's payment is not split");
  const SplitPayment payment{*instruction, message.signed_order, sealed->envelope};
  TRY(auto verdict, parts_.split->find_verdict(*at.order, payment));
  if (!verdict || verdict->approved) {
    TRY(require_live(at));
  }
  if (!verdict) {
    TRY(verdict, parts_.split->review(*at.order, payment));
  }
  if (verdict->approved) return confirm(at.checkout.id, message.signed_order);
  if (verdict->tries_left == 0) {
    TRY(parts_.checkouts.cancel(at.checkout.id));
  }
  return GatewayMessage(Outcome{Outcome::Kind::kDeclined, std::nullopt, std::move(verdict->code),
                                verdict->tries_left, std::move(verdict->review),
                                std::move(verdict->payment)});
}

// Nothing is asked of the card company before the order's signature verified, and nothing is countersigned
// before the company approved.
DialogueDesk::Reply DialogueDesk::conclude(const Situation& at, std::optional<ReceivedPayment> received,
                                           BytesView signed_order) {
  if (!at.order) return fail(ErrorCode::kForbidden, "payment: no order was sent");
  TRY(const auto purchaser, x509::Certificate::from_der(at.order->purchaser));
  TRY(verify_signed_order(signed_order, at.order->document, purchaser));
  if (!at.is_countersigned && received) {
    TRY(const auto data, read(at, std::move(*received)));
    TRY(const auto verdict, parts_.payments.authorize(*at.order, data));
    if (!verdict.approved) {
      if (verdict.tries_left == 0) {
        TRY(parts_.checkouts.cancel(at.checkout.id));
      }
      return GatewayMessage(
          Outcome{Outcome::Kind::kDeclined, std::nullopt, verdict.code, verdict.tries_left});
    }
  }
  return confirm(at.checkout.id, signed_order);
}

// In profile session a payment is sealed under the session's key; in plain it is sealed to the gateway's key,
// or readable where there is none.
Result<documents::PaymentData> DialogueDesk::read(const Situation& at, ReceivedPayment received) {
  auto& payment = received.payment;
  const bool is_session = at.dialogue->profile == OrderProfile::kSession;
  const auto* sealed = std::get_if<documents::SealedPayment>(&payment);
  if ((sealed != nullptr) != (is_session || parts_.sealing != nullptr))
    return fail(ErrorCode::kUnsupported, "payment: not in the form that was asked for");
  if (sealed != nullptr) {
    TRY(auto data, is_session ? parts_.sessions.open(at.checkout.id, sealed->envelope, received.tls_exporter,
                                                     at.order->document)
                              : parts_.sealing->open(sealed->envelope, at.order->document));
    return take_known(std::move(data));
  }
  if (auto* card = std::get_if<documents::CardData>(&payment)) return take_known(std::move(*card));
  return take_known(std::move(std::get<documents::AccountData>(payment)));
}

std::optional<Bytes> DialogueDesk::sealing_certificate() const {
  if (parts_.sealing == nullptr) return std::nullopt;
  return parts_.sealing->certificate();
}

Result<documents::PaymentData> DialogueDesk::take_known(documents::PaymentData data) const {
  if (!contains(terms_.methods, documents::method_of(data)))
    return fail(ErrorCode::kUnsupported, "payment.method: this merchant does not take it");
  return data;
}

DialogueDesk::Reply DialogueDesk::confirm(std::string_view checkout, BytesView signed_order) {
  TRY(const auto checked, parts_.confirmations.accept(checkout, signed_order, OrderPath::kDialogue));
  return outcome_of(checkout, checked);
}

// In profile set with the company's result and the payment that it speaks of (F7 S54).
DialogueDesk::Reply DialogueDesk::outcome_of(std::string_view checkout, const CheckedAnswer& checked) const {
  const bool confirmed = checked.answer.answer.kind == SignedAnswer::Kind::kConfirmation;
  Outcome outcome{confirmed ? Outcome::Kind::kConfirmation : Outcome::Kind::kRefusal,
                  checked.answer.answer.document, confirmed ? "" : checked.answer.code, 0};
  TRY(context_.database.read([&](storage::Reader& reader) -> Result<void> {
    TRY(const auto reviewed, find_approval(reader, checkout));
    if (!reviewed) return ok();
    outcome.review = reviewed->relayed;
    outcome.payment = reviewed->payment.envelope;
    return ok();
  }));
  return GatewayMessage(std::move(outcome));
}

Result<void> DialogueDesk::store(const Dialogue& dialogue) {
  return context_.database.write(
      [&](storage::Transaction& transaction) { return put_dialogue(transaction, dialogue); });
}

std::optional<Bytes> DialogueDesk::remembered(const std::string& message) {
  const std::lock_guard lock(mutex_);
  return declined_.find(message);
}

void DialogueDesk::remember(const std::string& message, const Bytes& reply) {
  const std::lock_guard lock(mutex_);
  declined_.put(message, reply);
}

}  // namespace countersign::merchant
