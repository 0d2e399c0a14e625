// SPDX-License-Identifier: Apache-2.0
#include "merchant/split_desk.h"

#include <algorithm>

#include "base/log.h"
#include "merchant/review_check.h"
#include "x509/cms_detached.h"

namespace countersign::merchant {
namespace {

using State = PaymentAttempt::State;

// The order's bytes with what they say.
Result<documents::SplitTerms> terms_in(const StoredOrder& order) {
  TRY(const auto document, documents::parse_order(order.document));
  return documents::terms_of(document, order.document);
}

const StoredSplitPayment* find_same(const std::vector<StoredSplitPayment>& all, const SplitPayment& payment) {
  for (const auto& split : all)
    if (split.payment.instruction == payment.instruction) return &split;
  return nullptr;
}

// The attempts up to one of them.
std::vector<PaymentAttempt> attempts_until(const std::vector<StoredSplitPayment>& all, std::int64_t number) {
  std::vector<PaymentAttempt> attempts;
  for (const auto& split : all)
    if (split.attempt.number <= number) attempts.push_back(split.attempt);
  return attempts;
}

SplitVerdict verdict_of(const StoredSplitPayment& split, const std::vector<StoredSplitPayment>& all) {
  const bool approved = was_approved(split);
  if (split.result.empty()) return {false, split.attempt.code, 0, {}, {}};  // no company was asked
  return {approved, split.attempt.code,
          approved ? 0 : tries_left_after(attempts_until(all, split.attempt.number)), split.relayed,
          split.payment.envelope};
}

}  // namespace

Result<std::vector<StoredSplitPayment>> SplitDesk::payments_of(std::string_view checkout) const {
  std::vector<StoredSplitPayment> found;
  TRY(context_.database.read([&](storage::Reader& reader) -> Result<void> {
    TRY(found, split_payments_of(reader, checkout));
    return ok();
  }));
  return found;
}

Result<std::optional<SplitVerdict>> SplitDesk::find_verdict(const StoredOrder& order,
                                                            const SplitPayment& payment) const {
  TRY(const auto all, payments_of(order.checkout));
  const auto* same = find_same(all, payment);
  if (same == nullptr) return std::nullopt;
  if (!(same->payment == payment))
    return fail(ErrorCode::kConflict, "payment: not the bytes that came with this instruction before");
  if (same->attempt.state == State::kAsked) return std::nullopt;
  if (same->result.empty() && same->attempt.code.empty())
    return fail(ErrorCode::kGone, "payment: was given up; pay anew");
  return std::optional(verdict_of(*same, all));
}

Result<SplitVerdict> SplitDesk::review(const StoredOrder& order, const SplitPayment& payment) {
  TRY(auto known, find_verdict(order, payment));
  if (known) return std::move(*known);
  TRY(settle_others(order, payment));
  TRY(const auto attempts, attempts_.of(order.checkout));
  if (tries_left_after(attempts) == 0) return SplitVerdict{false, attempts.back().code, 0, {}, {}};
  TRY(const auto begun, begin(order, payment));
  if (!begun) return SplitVerdict{false, std::string(kTooManyDeclined), 0, {}, {}};
  TRY(const auto asked, ask(order, *begun));
  TRY(const auto all, payments_of(order.checkout));
  return verdict_of(asked, all);
}

// Two payments of one order are never under way at once: the company might approve both. And it holds only
// one: what it may hold in vain is given up before it is asked about another.
Result<void> SplitDesk::settle_others(const StoredOrder& order, const SplitPayment& payment) {
  TRY(const auto before, payments_of(order.checkout));
  for (const auto& split : before) {
    if (split.attempt.state != State::kAsked || split.payment.instruction == payment.instruction) continue;
    TRY(attempts_.repeat(split.attempt));
    const auto asked = ask(order, split);
    if (!asked && asked.error().code == ErrorCode::kUnavailable)
      return fail(asked.error(), "payment before this one");
  }
  TRY(const auto all, payments_of(order.checkout));
  for (const auto& split : all) {
    if (split.attempt.state == State::kApproved || was_approved(split))
      return fail(ErrorCode::kConflict, "payment: another one of this order was approved");
  }
  for (const auto& split : all) {
    if (split.payment.instruction == payment.instruction) continue;
    TRY(settle(order, split.attempt));
  }
  return ok();
}

Result<void> SplitDesk::settle(const StoredOrder& order, const PaymentAttempt& attempt) {
  if (attempt.state == State::kAsked)
    return fail(ErrorCode::kUnavailable, "payment before this one: without an answer");
  if (attempt.state != State::kAbandoned) return ok();
  const auto given_up = attempts_.give_up(
      attempt, order,
      [this](const PaymentAttempt& given, const StoredOrder& of) { return release(given, of); });
  if (given_up) return ok();
  log_error("payment_not_released", given_up.error(), {{"order", order.id}});
  return fail(ErrorCode::kUnavailable, "payment before this one: " + given_up.error().detail);
}

// S42: the agreement is made once for a payment, and stands on disk with all that came before anybody is
// asked. Nothing where the purchaser had too many declined.
Result<std::optional<StoredSplitPayment>> SplitDesk::begin(const StoredOrder& order,
                                                           const SplitPayment& payment) {
  TRY(const auto earlier, payments_of(order.checkout));
  TRY(const auto attempts, attempts_.of(order.checkout));
  StoredSplitPayment split;
  split.payment = payment;
  if (const auto* same = find_same(earlier, payment)) {
    split = *same;
  } else {
    TRY(const auto terms, terms_in(order));
    TRY(companies_.access_to(terms.card_company.subject));
    TRY(const auto signer, context_.identity.signer_of(terms.merchant.certificate));
    TRY(const auto agreement, documents::write_agreement(terms));
    TRY(split.agreement, x509::sign_cms(signer, agreement, {.signing_time = context_.clock.now()}));
  }
  TRY(const auto begun,
      attempts_.begin(attempts, order, std::nullopt,
                      [&](storage::Transaction& transaction, const PaymentAttempt& attempt) {
                        split.attempt = attempt;
                        return insert_split_payment(transaction, split);
                      }));
  if (!begun) return std::nullopt;
  split.attempt = *begun;
  return std::optional(std::move(split));
}

Result<CompanyAnswer<Bytes>> SplitDesk::have_reviewed(const documents::SplitTerms& terms,
                                                      const StoredSplitPayment& split) {
  TRY(auto* const company, companies_.access_to(terms.card_company.subject));
  TRY(const auto detached, x509::detach_content(split.payment.signed_order));
  return company->review({split.agreement, detached, split.payment.envelope});
}

// S43, S51–S53. Nobody but the company can say that it decided nothing: after all other errors the payment
// stays asked.
Result<StoredSplitPayment> SplitDesk::ask(const StoredOrder& order, StoredSplitPayment split) {
  TRY(const auto terms, terms_in(order));
  const auto answered = have_reviewed(terms, split);
  if (!answered) {
    log_error("payment_not_reviewed", answered.error(), {{"order", order.id}});
    return fail(ErrorCode::kUnavailable, "payment: " + answered.error().detail);
  }
  if (const auto* refusal = std::get_if<CompanyRefusal>(&answered.value())) {
    log_error("payment_not_reviewed", refusal->problem, {{"order", order.id}});
    TRY(abandon(std::move(split)));
    return fail(refusal->problem, "card company");
  }
  split.result = std::get<Bytes>(answered.value());
  const auto result = check_review(split.result, {terms, split.payment.instruction},
                                   *context_.network.anchor(), context_.clock.now());
  if (!result) {
    log_error("review_not_believed", result.error(), {{"order", order.id}});
    TRY(abandon(std::move(split)));
    return fail(result.error());
  }
  TRY(const auto signer, context_.identity.signer_of(terms.merchant.certificate));
  TRY(split.relayed,
      x509::sign_cms(signer, split.result,
                     {.content_type = x509::ContentType::kSignedData, .signing_time = context_.clock.now()}));
  split.attempt.state = result.value().approved ? State::kApproved : State::kDeclined;
  split.attempt.authorization = result.value().authorization;
  split.attempt.code = result.value().code;
  TRY(attempts_.conclude(split.attempt, [&](storage::Transaction& transaction, const PaymentAttempt&) {
    return put_review(transaction, split);
  }));
  log_event(LogLevel::kInfo, "payment_reviewed",
            {{"order", order.id},
             {"state", attempt_state_name(split.attempt.state)},
             {"code", split.attempt.code}});
  return split;
}

Result<void> SplitDesk::abandon(StoredSplitPayment split) {
  split.attempt.state = State::kAbandoned;
  return attempts_.conclude(split.attempt);
}

Result<void> SplitDesk::release(const PaymentAttempt& attempt, const StoredOrder& order) {
  TRY(const auto terms, terms_in(order));
  TRY(auto* const company, companies_.access_to(terms.card_company.subject));
  TRY(const auto all, payments_of(attempt.checkout));
  const auto split =
      std::ranges::find(all, attempt.number, [](const auto& stored) { return stored.attempt.number; });
  if (split == all.end()) return fail(ErrorCode::kInternal, "payments: without a sealed one");
  return company->release(hex_encode(split->payment.instruction));
}

Result<int> SplitDesk::release_unused() {
  return attempts_.release_unused(
      [this](const PaymentAttempt& attempt, const StoredOrder& order) { return release(attempt, order); });
}

}  // namespace countersign::merchant
