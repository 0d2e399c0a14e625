// SPDX-License-Identifier: Apache-2.0
#include "cardcompany/authorization_desk.h"

#include <fmt/format.h>

#include <algorithm>

#include "crypto/random.h"

namespace countersign::cardcompany {
namespace {

using State = Authorization::State;

constexpr int kBatch = 100;
constexpr std::string_view kExpired = "expired";
constexpr std::string_view kReversed = "reversed";

// What tells one question from another, as bytes; holds the number.
crypto::SecretBytes identity_of(const Question& question) {
  const Means means = means_of(question.means);
  const std::string text = fmt::format(
      "{}\n{}\n{}\n{}\n{}{}\n{}\n", hex_encode(question.order), question.amount.minor_units,
      question.amount.currency, documents::method_name(means.method), means.bank, means.expiry, means.holder);
  auto whole = crypto::SecretBytes::of_size(text.size() + means.number.size());
  const auto bytes = whole.writable(crypto::SecretAccess());
  std::ranges::copy(means.number, std::ranges::copy(as_bytes(text), bytes.begin()).out);
  return whole;
}

QuestionDigests digests_of(const Question& question, const AccountStore& accounts) {
  return {question.order, accounts.keyed_digest(identity_of(question).reveal(crypto::SecretAccess())),
          accounts.number_digest(question.means)};
}

// What freed itself, too, until it is released.
bool is_capturable(const Authorization& authorization) {
  return authorization.state == State::kApproved || authorization.code == kExpired;
}

}  // namespace

Result<Authorization> AuthorizationDesk::record(storage::Transaction& transaction, std::string_view merchant,
                                                const Question& question, TimePoint now) const {
  const std::string purchaser = question.split ? question.split->purchaser : "";
  const Asker asker{merchant, purchaser, question.foreign_home};
  TRY(require_pace(transaction, rules_, asker, now));
  const TimePoint expires = question.expires.value_or(now + rules_.authorization_lasts);
  if (expires <= now) return fail(ErrorCode::kExpired, "authorization: the time of the payment is over");
  const auto digests = digests_of(question, parts_.accounts);
  Authorization decided{.id = crypto::random_uuid_v7(now),
                        .merchant = std::string(merchant),
                        .reference = question.reference,
                        .account = std::nullopt,
                        .amount = question.amount,
                        .state = State::kApproved,
                        .code = "",
                        .decided = whole_seconds(now),
                        .expires = whole_seconds(expires),
                        .transaction = question.split ? question.split->transaction : "",
                        .purchaser = purchaser,
                        .foreign_home = question.foreign_home};
  TRY(auto declined, find_objection(transaction, rules_, asker, digests, now));
  if (!declined && question.split) {
    TRY(const bool is_second, has_approval(transaction, merchant, question.split->transaction));
    if (is_second) declined = DeclineReason::kDuplicate;
  }
  if (!declined) {
    HoldOrder order{decided.id, decided.merchant, decided.reference, decided.amount, frees_at(decided)};
    if (question.split) order.purchaser = purchaser;
    TRY(auto answer, parts_.system.hold(transaction, order, question.means, now));
    declined = answer.declined;
    decided.account = std::move(answer.account);
  }
  if (declined) {
    decided.state = State::kDeclined;
    decided.code = std::string(decline_code(*declined));
  }
  TRY(insert_authorization(transaction, decided, digests));
  return decided;
}

Result<Authorization> AuthorizationDesk::decide(storage::Transaction& transaction, std::string_view merchant,
                                                const Question& question, TimePoint now) const {
  TRY(auto known, find_reference(transaction, merchant, question.reference));
  if (!known) return record(transaction, merchant, question, now);
  if (!crypto::equal_constant_time(known->question, digests_of(question, parts_.accounts).question))
    return fail(ErrorCode::kConflict, "reference: stands for another question");
  return std::move(known->authorization);
}

Result<Authorization> AuthorizationDesk::decide(std::string_view merchant, const Question& question) {
  std::optional<Authorization> decided;
  TRY(parts_.database.write([&](storage::Transaction& transaction) -> Result<void> {
    TRY(decided, decide(transaction, merchant, question, parts_.clock.now()));
    return ok();
  }));
  return std::move(*decided);
}

Result<void> AuthorizationDesk::release(storage::Transaction& transaction, std::string_view merchant,
                                        std::string_view reference, TimePoint now) const {
  if (reference.empty() || reference.size() > kLongestReference)
    return fail(ErrorCode::kMalformed, "reference");
  TRY(const auto known, find_reference(transaction, merchant, reference));
  if (!known) return insert_released_reference(transaction, merchant, reference, now);
  if (!is_capturable(known->authorization)) return ok();
  TRY(parts_.system.void_hold(transaction, known->authorization.id, now));
  return set_released(transaction, known->authorization.id, "");
}

Result<void> AuthorizationDesk::release(std::string_view merchant, std::string_view reference) {
  return parts_.database.write([&](storage::Transaction& transaction) {
    return release(transaction, merchant, reference, parts_.clock.now());
  });
}

Result<Movement> AuthorizationDesk::capture(storage::Transaction& transaction, const MovementOrder& order,
                                            TimePoint now) const {
  TRY(const auto authorization, find_authorization(transaction, order.authorization));
  if (!authorization || authorization->merchant != order.merchant)
    return fail(ErrorCode::kNotFound, "authorization: none of this merchant's");
  if (authorization->code == kExpired) {
    TRY(const auto known, find_reference(transaction, order.merchant, authorization->reference));
    if (!known) return fail(ErrorCode::kInternal, "authorization: without its reference");
    TRY(const bool was_replaced,
        is_approved_otherwise(transaction, order.merchant, known->question, order.authorization));
    if (was_replaced)
      return fail(ErrorCode::kConflict, "authorization: freed itself, and the payment was approved anew");
  }
  TRY(auto movement, parts_.system.capture(transaction, order, now));
  TRY(set_approved_again(transaction, order.authorization));
  return movement;
}

Result<Movement> AuthorizationDesk::refund(storage::Transaction& transaction, const MovementOrder& order,
                                           TimePoint now) const {
  return parts_.system.refund(transaction, order, now);
}

Result<Movement> AuthorizationDesk::reverse(storage::Transaction& transaction, std::string_view movement,
                                            std::string_view reference, TimePoint now) const {
  TRY(auto reversal, parts_.system.reverse(transaction, movement, reference, now));
  if (reversal.kind == Movement::Kind::kCaptureReversal) {
    TRY(set_released(transaction, reversal.authorization, kReversed));
  }
  return reversal;
}

// In short transactions: who asks meanwhile does not wait for all of them.
Result<int> AuthorizationDesk::free_expired() {
  int all = 0;
  for (int freed = kBatch; freed == kBatch; all += freed) {
    TRY(parts_.database.write([&](storage::Transaction& transaction) -> Result<void> {
      TRY(const auto ids, parts_.system.free_expired(transaction, parts_.clock.now(), kBatch));
      for (const std::string& id : ids) {
        TRY(set_released(transaction, id, kExpired));
      }
      freed = static_cast<int>(ids.size());
      return ok();
    }));
  }
  return all;
}

}  // namespace countersign::cardcompany
