// SPDX-License-Identifier: Apache-2.0
#include "card/card.h"
#include "cardcompany/account_secret.h"
#include "commands.h"
#include "storage/secret_folder.h"

namespace countersign::app {
namespace {

constexpr std::size_t kLargestWrapped = 1 << 10;

bool is_missing(const Error& error) {
  return error.code == ErrorCode::kNotFound;
}

Result<crypto::SecretBytes> open_wrapped(const CardCompanyConfig& config, const crypto::PrivateKey& key) {
  TRY(const auto wrapped, storage::read_file(config.wrapped_account_secret(), kLargestWrapped));
  return cardcompany::unwrap_account_secret(wrapped, key);
}

// Another secret would find none of the accounts: it is made by init alone.
Result<crypto::SecretBytes> load_account_secret(const CardCompanyConfig& config) {
  TRY(const auto secrets, storage::SecretFolder::open(config.secrets()));
  auto open = secrets.load(kAccountSecret);
  if (!open && !is_missing(open.error())) return open;
  if (config.account_key.empty()) {
    if (!open && std::filesystem::exists(config.wrapped_account_secret()))
      return fail(ErrorCode::kNotFound,
                  "keys.account_key: name the key that the accounts' secret is wrapped for");
    return open;
  }
  if (open)
    return fail(ErrorCode::kConflict, "the accounts' secret lies in " + config.secrets().string() +
                                          " as it is: run `accounts wrap-secret`");
  TRY(const auto key, card::load_token_key(config.account_key));
  return open_wrapped(config, key);
}

}  // namespace

Result<void> wrap_account_secret(const CardCompanyConfig& config) {
  if (config.account_key.empty())
    return fail(ErrorCode::kMalformed, "keys.account_key: name the key in the token, as a pkcs11: URI");
  TRY(const auto secrets, storage::SecretFolder::open(config.secrets()));
  TRY(const auto key, card::load_token_key(config.account_key));
  const auto secret = secrets.load(kAccountSecret);
  if (!secret) {
    if (!is_missing(secret.error())) return fail(secret.error());
    TRY(open_wrapped(config, key));  // done before
    return ok();
  }
  TRY(const auto wrapped, cardcompany::wrap_account_secret(secret.value(), key.public_key()));
  TRY(storage::write_file(config.wrapped_account_secret(), wrapped, storage::FileMode::kPrivate));
  TRY(const auto opened, open_wrapped(config, key));
  if (!crypto::equal_secrets(opened, secret.value()))
    return fail(ErrorCode::kInternal,
                "the accounts' secret: the token opens another one; nothing was destroyed");
  return secrets.destroy(kAccountSecret);
}

Result<Books> open_books(const CardCompanyConfig& config) {
  if (!std::filesystem::exists(config.key()))
    return fail(ErrorCode::kNotFound, config.folder.string() + ": run `countersign-cardcompany init` first");
  TRY(const auto secret, load_account_secret(config));
  Books books;
  TRY(books.database, storage::open_sqlite(config.database()));
  TRY(books.accounts, cardcompany::AccountStore::open(*books.database, secret));
  TRY(books.ledger, cardcompany::Ledger::open(*books.database, *books.accounts));
  static const SystemClock kClock;
  books.desk = std::make_unique<cardcompany::AuthorizationDesk>(
      cardcompany::AuthorizationDesk::Parts{*books.database, *books.accounts, *books.ledger, kClock},
      config.rules);
  return books;
}

}  // namespace countersign::app
