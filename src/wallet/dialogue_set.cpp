// SPDX-License-Identifier: Apache-2.0
// A dialogue in profile set (F7): the payment goes to the card company alone, and its answer comes back
// signed.
#include <algorithm>

#include "wallet/dialogue.h"
#include "wallet/set_offer.h"
#include "wallet/set_outcome.h"
#include "wallet/set_payment.h"
#include "wallet/trust.h"

namespace countersign::wallet {

// An order that this checkout has brought before stays with its company. What may have paid it is sent once
// more as it is, and so no way to pay is needed for that.
Result<void> Dialogue::take_companies(std::vector<x509::Name> companies) {
  request_->companies = std::move(companies);
  TRY(request_->standing, standing_payment(parties_.store, purchase()));
  if (earlier_) {
    TRY(const auto order, documents::parse_order(earlier_->order));
    const auto& wanted = order.card_company;
    const bool is_offered =
        wanted && std::ranges::find(request_->companies, wanted->subject) != request_->companies.end();
    if (is_offered || (wanted && request_->standing)) request_->companies = {wanted->subject};
  }
  if (request_->standing) return ok();
  TRY(const auto holder, HolderData(parties_).summary());
  const bool is_any_fit =
      std::ranges::any_of(holder.means, [this](const auto& one) { return fits(*request_, one); });
  if (!is_any_fit) end(DialogueResult::kFailed, std::string(kNoMeansOfCompany));
  return ok();
}

Result<x509::Name> Dialogue::company_of(const Release& release) {
  if (request_->standing) return request_->companies.front();
  const auto chosen = means(release.means);
  if (!chosen) return fail(chosen.error());
  return *chosen.value().company;  // it fits: there is one
}

// A company of a data centre that is not known has the network map fetched first, once.
Result<VerifiedCompany> Dialogue::verify_offer(const documents::SplitOffer& offer) {
  auto company = verify_split_offer(offer, {*identity_.anchor, *asked_company_, parties_.clock.now()});
  if (company || company.error().code != ErrorCode::kCertificateUnknown) return company;
  if (!learn_network(parties_, identity_)) return company;
  return verify_split_offer(offer, {*identity_.anchor, *asked_company_, parties_.clock.now()});
}

// S34–S35: the company first, then the order.
Result<Dialogue::Next> Dialogue::take_split_offer(documents::SplitOffer offer) {
  const bool belongs_here = next_ == Next::kInformation && !order_ &&
                            request_->profile == documents::OrderProfile::kSet && asked_company_;
  if (!belongs_here) return fail(ErrorCode::kUnsupported, "split-offer: does not belong here");
  TRY(auto company, verify_offer(offer));
  TRY(take_order(offer.order));
  TRY(request_->standing, standing_payment(parties_.store, order_->order.id));
  request_->companies = {*asked_company_};
  request_->asks_information = false;
  request_->fields.clear();
  request_->methods = std::move(offer.methods);
  company_ = std::move(company);
  return next_ = Next::kPayment;
}

// S36–S39. Sealed before the card signs: a key that cannot be sealed to leaves nothing signed. What was
// signed before and may count is sent once more, the same bytes: two payments for one order could both be
// approved.
Result<Dialogue::Next> Dialogue::pay_split(const std::string& id, const Commit& commit) {
  TRY(auto payment, standing_payment(parties_.store, order_->order.id));
  if (payment && !request_->standing)
    return fail(ErrorCode::kConflict, "a payment of this order has been sent meanwhile, and may count");
  if (!payment) {
    TRY(expect_current_offer());
    TRY(auto chosen, means(id));
    auto sealed = seal_split_payment(*order_, std::move(chosen), *company_);
    if (!sealed) return take_unsent(sealed.error());
    payment = std::move(sealed).value();
  }
  TRY(commit());
  answer_.reset();
  TRY(auto signed_order, desk_.sign_with(*payment, order_->order.id, order_context(), identity_));
  return take_answer(converse(documents::PaymentMessage{
      documents::SealedPayment{std::move(payment->envelope)}, std::move(signed_order)}));
}

// The statuses are those of the offer, and the holder may have thought for long. Past their time it is back
// to the information: a gateway answers it with the same order and new statuses.
Result<void> Dialogue::expect_current_offer() {
  if (parties_.clock.now() <= company_->until + kClockTolerance) return ok();
  company_.reset();
  order_.reset();
  request_->order.reset();
  request_->methods.clear();
  request_->declined.clear();
  request_->answer.reset();
  request_->asks_information = true;
  request_->fields = fields_;
  next_ = Next::kInformation;
  return fail(ErrorCode::kUnavailable, "what the offer says of the card company is too old: ask for another");
}

// S56. What was sealed and signed is believed to be declined, or paid, on the company's word alone; a
// document of the authority about it stands by itself. Without that word the authority is asked, and says it
// or not.
Result<Dialogue::Next> Dialogue::take_split_outcome(documents::Outcome outcome,
                                                    const SplitPaymentRecord& payment) {
  if (outcome.kind == documents::Outcome::Kind::kRefusal && !outcome.review && !outcome.payment)
    return take_outcome_of_order(std::move(outcome));
  auto answer = take_review(outcome, payment);
  if (!answer) return settle(fail(answer.error()));
  answer_ = std::move(answer).value();
  return take_outcome_of_order(std::move(outcome));
}

Result<CompanyAnswer> Dialogue::take_review(const documents::Outcome& outcome,
                                            const SplitPaymentRecord& payment) {
  TRY(const auto record, parties_.store.find_purchase(purchase()));
  if (!record) return fail(ErrorCode::kNotFound, "no such purchase in this wallet");
  TRY(const auto order, documents::parse_order(record->order));
  TRY(auto terms, documents::terms_of(order, record->order));
  TRY(auto result,
      verify_review(outcome, {gateway_->merchant(), *identity_.anchor, std::move(terms), payment.instruction,
                              payment.signer, payment.envelope, parties_.clock.now()}));
  if (payment.state == ReviewState::kOpen) {
    TRY(parties_.store.keep_review(purchase(), payment.instruction,
                                   result.approved ? ReviewState::kApproved : ReviewState::kDeclined,
                                   *outcome.review));
  } else {
    TRY(const auto kept, read_review(payment.review));
    if (!(kept.result == result))
      return fail(ErrorCode::kConflict, "outcome.review: the card company has answered otherwise before");
  }
  return CompanyAnswer{order.card_company->subject, payment.method, payment.ending, std::move(result)};
}

}  // namespace countersign::wallet
