// SPDX-License-Identifier: Apache-2.0
#include "cardcompany/account_store.h"

#include "cardcompany/account_secret.h"
#include "cardcompany/schema.h"
#include "crypto/digest.h"
#include "crypto/random.h"
#include "crypto/seal.h"
#include "x509/name.h"
#include "x509/profile.h"

namespace countersign::cardcompany {
namespace {

constexpr std::size_t kShownDigits = 4;
constexpr std::string_view kColumns =
    "SELECT id, method, last_digits, holder, bank, expiry, currency, most, blocked, purchaser, "
    "COALESCE((SELECT balance FROM ledger_accounts WHERE ledger_accounts.id = "
    "'held:' || accounts.currency || ':' || accounts.id), 0), "
    "COALESCE((SELECT balance FROM ledger_accounts WHERE ledger_accounts.id = "
    "'holder:' || accounts.currency || ':' || accounts.id), 0) FROM accounts ";

Result<Account> account_of(const storage::Row& row) {
  Account account;
  account.id = row.text(0);
  TRY(account.method, documents::method_of_name(row.text(1)));
  account.last_digits = row.text(2);
  account.holder = row.text(3);
  account.bank = row.text(4);
  account.expiry = row.text(5);
  account.limit = {row.integer(7), row.text(6)};
  account.is_blocked = row.integer(8) != 0;
  account.purchaser = row.text(9);
  account.held = row.integer(10);
  account.owed = row.integer(11);
  return account;
}

// The subject of a purchaser in the one form in which names are compared.
Result<std::string> read_purchaser(std::string_view text) {
  const auto name = x509::Name::from_text(text);
  const std::string_view group = x509::profile_of(x509::Role::kPurchaser).subtree;
  if (!name || name.value().value_of("OU") != group || name.value().value_of("UID").empty())
    return fail(ErrorCode::kMalformed,
                "purchaser: give the subject of the certificate, most specific first, as in "
                "UID=…,OU=purchasers,OU=seoul-1,OU=kr,O=Countersign Demo");
  return name.value().text();
}

}  // namespace

Result<std::unique_ptr<AccountStore>> AccountStore::open(storage::Database& database,
                                                         const crypto::SecretBytes& secret) {
  if (secret.size() != kAccountSecretSize)
    return fail(ErrorCode::kMalformed, "accounts: the secret has another size");
  TRY(migrate_card_company(database));
  return std::unique_ptr<AccountStore>(
      new AccountStore(database, crypto::derive_key(secret, "account numbers", crypto::kSealKeySize),
                       crypto::derive_key(secret, "account index", kAccountSecretSize)));
}

Sha256Digest AccountStore::keyed_digest(BytesView bytes) const {
  return crypto::hmac_sha256(index_key_, bytes);
}

Sha256Digest AccountStore::number_digest(const documents::PaymentData& means) const {
  const Means known = means_of(means);
  Bytes text =
      to_bytes(std::string(documents::method_name(known.method)) + "\n" + std::string(known.bank) + "\n");
  text.insert(text.end(), known.number.begin(), known.number.end());
  const Sha256Digest digest = keyed_digest(text);
  crypto::wipe(text);
  return digest;
}

Result<std::string> AccountStore::add(const NewAccount& account, TimePoint now) {
  TRY(check_account(account));
  const Means means = means_of(account.means);
  if (means.number.size() < kShownDigits) return fail(ErrorCode::kMalformed, "number: too short");
  const std::string id = crypto::random_uuid_v7(now);
  const auto shown = means.number.subspan(means.number.size() - kShownDigits);
  TRY(database_.write([&](storage::Transaction& transaction) -> Result<void> {
    TRY(transaction.execute(
        "INSERT INTO accounts (id, method, number_digest, number_sealed, last_digits, holder, bank, expiry, "
        "currency, most, opened) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        {id, std::string(documents::method_name(means.method)), to_bytes(number_digest(account.means)),
         crypto::seal(seal_key_, means.number, id), std::string(as_text(shown)), std::string(means.holder),
         std::string(means.bank), std::string(means.expiry), account.limit.currency,
         account.limit.minor_units, unix_seconds(now)}));
    return ok();
  }));
  return id;
}

Result<std::vector<Account>> AccountStore::list(std::string_view after, int limit) {
  std::vector<Account> accounts;
  TRY(database_.read([&](storage::Reader& reader) -> Result<void> {
    TRY(const auto rows, reader.query(std::string(kColumns) + "WHERE id > $1 ORDER BY id LIMIT $2",
                                      {std::string(after), std::int64_t{limit}}));
    for (const auto& row : rows) {
      TRY(auto account, account_of(row));
      accounts.push_back(std::move(account));
    }
    return ok();
  }));
  return accounts;
}

Result<void> AccountStore::set_use(std::string_view id, Use use) {
  return database_.write([&](storage::Transaction& transaction) -> Result<void> {
    TRY(const auto changed, transaction.execute("UPDATE accounts SET blocked = $2 WHERE id = $1",
                                                {std::string(id), std::int64_t{use == Use::kBlocked}}));
    if (changed == 0) return fail(ErrorCode::kNotFound, "account " + std::string(id));
    return ok();
  });
}

Result<void> AccountStore::set_limit(std::string_view id, std::int64_t minor_units) {
  if (minor_units < 0 || minor_units > kLargestInteger)
    return fail(ErrorCode::kMalformed, "limit: out of range");
  return database_.write([&](storage::Transaction& transaction) -> Result<void> {
    TRY(const auto changed,
        transaction.execute("UPDATE accounts SET most = $2 WHERE id = $1", {std::string(id), minor_units}));
    if (changed == 0) return fail(ErrorCode::kNotFound, "account " + std::string(id));
    return ok();
  });
}

Result<void> AccountStore::bind(std::string_view id, std::string_view purchaser) {
  TRY(const std::string subject, read_purchaser(purchaser));
  return database_.write([&](storage::Transaction& transaction) -> Result<void> {
    TRY(const auto changed,
        transaction.execute(
            "UPDATE accounts SET purchaser = $2 WHERE id = $1 AND (purchaser = '' OR purchaser = $2)",
            {std::string(id), subject}));
    if (changed != 0) return ok();
    TRY(const auto account, find_by_id(transaction, id));
    if (!account) return fail(ErrorCode::kNotFound, "account " + std::string(id));
    return fail(ErrorCode::kConflict,
                "account " + std::string(id) + ": bound to another purchaser; `accounts unbind` it first");
  });
}

Result<void> AccountStore::unbind(std::string_view id) {
  return database_.write([&](storage::Transaction& transaction) -> Result<void> {
    TRY(const auto changed,
        transaction.execute("UPDATE accounts SET purchaser = '' WHERE id = $1", {std::string(id)}));
    if (changed == 0) return fail(ErrorCode::kNotFound, "account " + std::string(id));
    return ok();
  });
}

Result<std::optional<Account>> AccountStore::find(storage::Reader& reader,
                                                  const documents::PaymentData& means) const {
  TRY(const auto row,
      reader.query_one(std::string(kColumns) + "WHERE number_digest = $1", {to_bytes(number_digest(means))}));
  if (!row) return std::nullopt;
  TRY(auto account, account_of(*row));
  return std::optional<Account>(std::move(account));
}

Result<std::optional<Account>> AccountStore::find_by_id(storage::Reader& reader, std::string_view id) const {
  TRY(const auto row, reader.query_one(std::string(kColumns) + "WHERE id = $1", {std::string(id)}));
  if (!row) return std::nullopt;
  TRY(auto account, account_of(*row));
  return std::optional<Account>(std::move(account));
}

}  // namespace countersign::cardcompany
