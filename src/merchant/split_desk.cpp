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
  if (same->result.empty()) return fail(ErrorCode::kGone, "payment: was given up; pay anew");
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

// Two payments of one order are never under way at once: the company might approve both.
Result<void> SplitDesk::settle_others(const StoredOrder& order, const SplitPayment& payment) {
  TRY(const auto all, payments_of(order.checkout));
  for (const auto& split : all) {
    auto state = split.attempt.state;
    if (state == State::kAsked && split.payment.instruction != payment.instruction) {
      const auto asked = ask(order, split);
      if (!asked && is_temporary(asked.error().code)) return fail(asked.error(), "payment before this one");
      state = asked ? asked.value().attempt.state : State::kAbandoned;
    }
    if (state == State::kApproved || was_approved(split))
      return fail(ErrorCode::kConflict, "payment: another one of this order was approved");
  }
  return ok();
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

Result<StoredSplitPayment> SplitDesk::ask(const StoredOrder& order, StoredSplitPayment split) {
  TRY(const auto terms, terms_in(order));
  TRY(auto* const company, companies_.access_to(terms.card_company.subject));
  TRY(const auto detached, x509::detach_content(split.payment.signed_order));
  const auto answered = company->review({split.agreement, detached, split.payment.envelope});
  if (!answered) {
    log_error("payment_not_reviewed", answered.error(), {{"order", order.id}});
    if (!is_temporary(answered.error().code)) {
      TRY(abandon(std::move(split)));
    }
    return fail(answered.error());
  }
  const auto result = check_review(answered.value(), {terms, split.payment.instruction},
                                   *context_.network.anchor, context_.clock.now());
  if (!result) {
    log_error("review_not_believed", result.error(), {{"order", order.id}});
    TRY(abandon(std::move(split)));
    return fail(result.error());
  }
  TRY(const auto signer, context_.identity.signer_of(terms.merchant.certificate));
  split.result = answered.value();
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

Result<int> SplitDesk::release_unused() {
  return attempts_.release_unused(
      [this](const PaymentAttempt& attempt, const StoredOrder& order) -> Result<void> {
        TRY(const auto terms, terms_in(order));
        TRY(auto* const company, companies_.access_to(terms.card_company.subject));
        TRY(const auto all, payments_of(attempt.checkout));
        const auto split =
            std::ranges::find(all, attempt.number, [](const auto& stored) { return stored.attempt.number; });
        if (split == all.end()) return fail(ErrorCode::kInternal, "payments: without a sealed one");
        return company->release(hex_encode(split->payment.instruction));
      });
}

}  // namespace countersign::merchant
