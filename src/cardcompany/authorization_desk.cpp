// SPDX-License-Identifier: Apache-2.0
#include "cardcompany/authorization_desk.h"

#include "crypto/random.h"

namespace countersign::cardcompany {
namespace {

constexpr std::string_view kColumns =
    "SELECT id, merchant, reference, amount, currency, state, code, decided FROM authorizations ";
// Payments of one account within a minute: more is nobody's shopping.
constexpr std::int64_t kMostInAMinute = 10;
constexpr Seconds kMinute{60};

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
  const crypto::SecretAccess access;
  const auto* card = std::get_if<documents::CardData>(&question.means);
  const auto* account = std::get_if<documents::AccountData>(&question.means);
  Bytes bytes = to_bytes(hex_encode(question.order) + "\n" + std::to_string(question.amount.minor_units) +
                         "\n" + question.amount.currency + "\n" +
                         (card != nullptr ? "card\n" + card->expiry + "\n" + card->holder
                                          : "account\n" + account->bank + "\n" + account->holder) +
                         "\n");
  const BytesView number = (card != nullptr ? card->number : account->number).reveal(access);
  crypto::SecretBytes whole = crypto::SecretBytes::of_size(bytes.size() + number.size());
  std::ranges::copy(bytes, whole.writable(access).begin());
  std::ranges::copy(number, whole.writable(access).subspan(bytes.size()).begin());
  return whole;
}

bool belongs_to(const documents::PaymentData& means, const Account& account) {
  if (const auto* card = std::get_if<documents::CardData>(&means))
    return card->expiry == account.expiry && card->holder == account.holder;
  return std::get<documents::AccountData>(means).holder == account.holder;
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

Result<AuthorizationDesk::Judgement> AuthorizationDesk::judge(storage::Reader& reader,
                                                              const Question& question, TimePoint now) const {
  TRY(auto account, accounts_.find(reader, question.means));
  if (!account) return Judgement{DeclineReason::kUnknown, std::nullopt};
  const auto declined = [&](DeclineReason reason) { return Judgement{reason, account}; };
  if (!belongs_to(question.means, *account)) return declined(DeclineReason::kDataWrong);
  if (account->is_blocked) return declined(DeclineReason::kBlocked);
  if (account->is_expired_at(now)) return declined(DeclineReason::kExpired);
  if (account->limit.currency != question.amount.currency) return declined(DeclineReason::kCurrency);
  if (question.amount.minor_units > account->limit.minor_units - account->held)
    return declined(DeclineReason::kInsufficient);
  TRY(const auto recent,
      reader.query_one("SELECT COUNT(*) FROM authorizations WHERE account = $1 AND decided > $2",
                       {account->id, unix_seconds(now - kMinute)}));
  if (recent && recent->integer(0) >= kMostInAMinute) return declined(DeclineReason::kTooMany);
  return Judgement{std::nullopt, std::move(account)};
}

Result<Authorization> AuthorizationDesk::record(storage::Transaction& transaction, std::string_view merchant,
                                                const Question& question, TimePoint now) const {
  TRY(const auto judgement, judge(transaction, question, now));
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
      "currency, state, code, decided) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
      {decided.id, decided.merchant, decided.reference,
       to_bytes(accounts_.keyed_digest(identity_of(question).reveal(crypto::SecretAccess()))),
       to_bytes(question.order), account, decided.amount.minor_units, decided.amount.currency,
       std::string(state_name(decided.state)), decided.code, unix_seconds(now)}));
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
