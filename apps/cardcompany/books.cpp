// SPDX-License-Identifier: Apache-2.0
#include "commands.h"
#include "storage/secret_folder.h"

namespace countersign::app {

Result<Books> open_books(const CardCompanyConfig& config) {
  if (!std::filesystem::exists(config.key()))
    return fail(ErrorCode::kNotFound, config.folder.string() + ": run `countersign-cardcompany init` first");
  TRY(const auto secrets, storage::SecretFolder::open(config.secrets()));
  // Another secret would find none of the accounts: it is made by init alone.
  TRY(const auto secret, secrets.load("accounts"));
  Books books;
  TRY(books.database, storage::open_sqlite(config.database()));
  TRY(books.accounts, cardcompany::AccountStore::open(*books.database, secret));
  TRY(books.ledger, cardcompany::Ledger::open(*books.database, *books.accounts));
  static const SystemClock clock;
  books.desk = std::make_unique<cardcompany::AuthorizationDesk>(
      cardcompany::AuthorizationDesk::Parts{*books.database, *books.accounts, *books.ledger, clock},
      config.rules);
  return books;
}

}  // namespace countersign::app
