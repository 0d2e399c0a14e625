// SPDX-License-Identifier: Apache-2.0
#include "cardcompany/authorization_desk.h"

#include <fmt/format.h>

#include <algorithm>

#include "crypto/random.h"

namespace countersign::cardcompany {
namespace {

constexpr std::string_view kColumns =
    "SELECT id, merchant, reference, amount, currency, state, code, decided FROM authorizations ";
constexpr Seconds kMinute{60};
constexpr Seconds kDay{24 * 60 * 60};
// Of one merchant, each: nobody's shopping is more, and what one merchant does counts at no other.
constexpr std::int64_t kMostPaymentsInAMinute = 10;  // with one account
constexpr std::int64_t kMostWrongInAMinute = 30;     // with whatever number
constexpr std::int64_t kMostWrongInADay = 10;        // with one number

Result<Authorization::State> state_of_name(std::string_view name) {
  for (const auto state :
       {Authorization::State::kApproved, Authorization::State::kDeclined, Authorization::State::kReleased})
    if (name == state_name(state)) return state;
  return fail(ErrorCode::kInternal, "authorization: unknown state in the store");
}

Result<Authorization> authorization_of(const storage::Row& row) {
  Authorization authorization;
  authorization.id = row.text(0);
  authorization.merchant = row.text(1);
  authorization.reference = row.text(2);
  authorization.amount = {row.integer(3), row.text(4)};
  TRY(authorization.state, state_of_name(row.text(5)));
  authorization.code = row.text(6);
  authorization.decided = from_unix_seconds(row.integer(7));
  return authorization;
}

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

bool belongs_to(const Means& means, const Account& account) {
  return means.expiry == account.expiry && means.holder == account.holder;
}

Result<std::int64_t> count(storage::Reader& reader, std::string_view condition,
                           const storage::Values& values) {
  TRY(const auto row,
      reader.query_one("SELECT COUNT(*) FROM authorizations WHERE " + std::string(condition), values));
  return row ? row->integer(0) : 0;
}

// A reference that was released before anybody asked under it; no question has an empty digest.
Result<void> use_up(storage::Transaction& transaction, std::string_view merchant, std::string_view reference,
                    TimePoint now) {
  TRY(transaction.execute(
      "INSERT INTO authorizations (id, merchant, reference, question_digest, order_digest, amount, currency, "
      "state, code, decided) VALUES ($1, $2, $3, $4, $4, 0, '', 'released', '', $5)",
      {crypto::random_uuid_v7(now), std::string(merchant), std::string(reference), Bytes{},
       unix_seconds(now)}));
  return ok();
}

}  // namespace

std::string_view state_name(Authorization::State state) {
  switch (state) {
    case Authorization::State::kApproved:
      return "approved";
    case Authorization::State::kDeclined:
      return "declined";
    case Authorization::State::kReleased:
      break;
  }
  return "released";
}

// Before anything is looked up: a merchant that guesses numbers is not answered any more.
Result<void> AuthorizationDesk::require_pace(storage::Reader& reader, std::string_view merchant,
                                             TimePoint now) const {
  TRY(const auto wrong, count(reader, "merchant = $1 AND code = $2 AND decided > $3",
                              {std::string(merchant), std::string(decline_code(DeclineReason::kUnknown)),
                               unix_seconds(now - kMinute)}));
  if (wrong < kMostWrongInAMinute) return ok();
  return fail(ErrorCode::kRateLimited, "authorizations: too many with wrong data within a minute");
}

// Until the account is known to be meant, the answer depends on nothing but what this merchant asked before.
Result<AuthorizationDesk::Judgement> AuthorizationDesk::judge(storage::Reader& reader,
                                                              std::string_view merchant,
                                                              const Question& question, TimePoint now) const {
  TRY(const auto guesses,
      count(reader, "merchant = $1 AND code = $2 AND decided > $3 AND number_digest = $4",
            {std::string(merchant), std::string(decline_code(DeclineReason::kUnknown)),
             unix_seconds(now - kDay), to_bytes(accounts_.number_digest(question.means))}));
  if (guesses >= kMostWrongInADay) return Judgement{DeclineReason::kTooMany, std::nullopt};
  TRY(auto account, accounts_.find(reader, question.means));
  if (!account || !belongs_to(means_of(question.means), *account))
    return Judgement{DeclineReason::kUnknown, std::nullopt};
  const auto declined = [&](DeclineReason reason) { return Judgement{reason, account}; };
  TRY(const auto recent, count(reader, "account = $1 AND decided > $2 AND merchant = $3 AND code <> $4",
                               {account->id, unix_seconds(now - kMinute), std::string(merchant),
                                std::string(decline_code(DeclineReason::kTooMany))}));
  if (recent >= kMostPaymentsInAMinute) return declined(DeclineReason::kTooMany);
  if (account->is_blocked) return declined(DeclineReason::kBlocked);
  if (account->is_expired_at(now)) return declined(DeclineReason::kExpired);
  if (account->limit.currency != question.amount.currency) return declined(DeclineReason::kCurrency);
  if (question.amount.minor_units > account->limit.minor_units - account->held)
    return declined(DeclineReason::kInsufficient);
  return Judgement{std::nullopt, std::move(account)};
}

Result<Authorization> AuthorizationDesk::record(storage::Transaction& transaction, std::string_view merchant,
                                                const Question& question, TimePoint now) const {
  TRY(require_pace(transaction, merchant, now));
  TRY(const auto judgement, judge(transaction, merchant, question, now));
  Authorization decided;
  decided.id = crypto::random_uuid_v7(now);
  decided.merchant = std::string(merchant);
  decided.reference = question.reference;
  decided.amount = question.amount;
  decided.state = judgement.reason ? Authorization::State::kDeclined : Authorization::State::kApproved;
  if (judgement.reason) decided.code = std::string(decline_code(*judgement.reason));
  decided.decided = from_unix_seconds(unix_seconds(now));
  const auto account = judgement.account ? storage::Value(judgement.account->id) : storage::Value(nullptr);
  TRY(transaction.execute(
      "INSERT INTO authorizations (id, merchant, reference, question_digest, order_digest, account, amount, "
      "currency, state, code, decided, number_digest) "
      "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
      {decided.id, decided.merchant, decided.reference,
       to_bytes(accounts_.keyed_digest(identity_of(question).reveal(crypto::SecretAccess()))),
       to_bytes(question.order), account, decided.amount.minor_units, decided.amount.currency,
       std::string(state_name(decided.state)), decided.code, unix_seconds(now),
       to_bytes(accounts_.number_digest(question.means))}));
  if (!judgement.reason) {
    TRY(accounts_.hold(transaction, judgement.account->id, decided.amount.minor_units));
  }
  return decided;
}

Result<Authorization> AuthorizationDesk::decide(std::string_view merchant, const Question& question) {
  const TimePoint now = clock_.now();
  std::optional<Authorization> decided;
  TRY(database_.write([&](storage::Transaction& transaction) -> Result<void> {
    TRY(const auto known,
        transaction.query_one("SELECT id, merchant, reference, amount, currency, state, code, decided, "
                              "question_digest FROM authorizations WHERE merchant = $1 AND reference = $2",
                              {std::string(merchant), question.reference}));
    if (!known) {
      TRY(decided, record(transaction, merchant, question, now));
      return ok();
    }
    const auto digest = accounts_.keyed_digest(identity_of(question).reveal(crypto::SecretAccess()));
    if (!crypto::equal_constant_time(known->blob(8), digest))
      return fail(ErrorCode::kConflict, "reference: stands for another question");
    TRY(decided, authorization_of(*known));
    return ok();
  }));
  return std::move(*decided);
}

Result<void> AuthorizationDesk::release(std::string_view merchant, std::string_view reference) {
  if (reference.empty() || reference.size() > kLongestReference)
    return fail(ErrorCode::kMalformed, "reference");
  return database_.write([&](storage::Transaction& transaction) -> Result<void> {
    const storage::Values key{std::string(merchant), std::string(reference)};
    TRY(const auto row, transaction.query_one("SELECT state, account, amount FROM authorizations "
                                              "WHERE merchant = $1 AND reference = $2",
                                              key));
    if (!row) return use_up(transaction, merchant, reference, clock_.now());
    if (row->text(0) != state_name(Authorization::State::kApproved)) return ok();
    TRY(transaction.execute(
        "UPDATE authorizations SET state = 'released' WHERE merchant = $1 AND reference = $2", key));
    return accounts_.hold(transaction, row->text(1), -row->integer(2));
  });
}

Result<std::vector<Authorization>> AuthorizationDesk::list(std::string_view before, int limit) {
  std::vector<Authorization> authorizations;
  TRY(database_.read([&](storage::Reader& reader) -> Result<void> {
    TRY(const auto rows,
        reader.query(std::string(kColumns) + "WHERE ($1 = '' OR id < $1) ORDER BY id DESC LIMIT $2",
                     {std::string(before), std::int64_t{limit}}));
    for (const auto& row : rows) {
      TRY(auto authorization, authorization_of(row));
      authorizations.push_back(std::move(authorization));
    }
    return ok();
  }));
  return authorizations;
}

}  // namespace countersign::cardcompany
