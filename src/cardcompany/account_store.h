// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "cardcompany/account.h"
#include "storage/database.h"

namespace countersign::cardcompany {

// AccountStore keeps accounts. Numbers are sealed under one key and found by their HMAC under another, both
// derived from a secret that lies outside of the database: a copied database tells no card number, and none
// can be tried out against it. Thread-safe.
class AccountStore {
 public:
  // `secret` has 32 bytes.
  static Result<std::unique_ptr<AccountStore>> open(storage::Database& database,
                                                    const crypto::SecretBytes& secret);

  // The id of the new account. What check_account refuses; kConflict when the number has one already.
  Result<std::string> add(const NewAccount& account, TimePoint now);
  Result<std::vector<Account>> list(std::string_view after, int limit);  // by id; at most `limit`
  enum class Use { kPermitted, kBlocked };
  Result<void> set_use(std::string_view id, Use use);  // kNotFound
  // What is used already may be more: nothing is authorized then until it is less. Of the account's own
  // currency. kNotFound, kMalformed.
  Result<void> set_limit(std::string_view id, std::int64_t minor_units);
  // Lets a purchaser pay with it in split payments, and nobody else: subject text as in the certificate, of
  // an account that has none yet. kMalformed with what to say instead; kNotFound; kConflict while another one
  // is bound. May be repeated.
  Result<void> bind(std::string_view id, std::string_view purchaser);
  Result<void> unbind(std::string_view id);  // kNotFound

  // A digest of method, bank and number that tells nobody the number: equal for equal ones, known or not.
  Sha256Digest number_digest(const documents::PaymentData& means) const;
  // The account of a card or bank account, whatever else is said of it.
  Result<std::optional<Account>> find(storage::Reader& reader, const documents::PaymentData& means) const;
  Result<std::optional<Account>> find_by_id(storage::Reader& reader, std::string_view id) const;
  // A digest that tells one question from another without telling anybody the number in it.
  Sha256Digest keyed_digest(BytesView bytes) const;

 private:
  AccountStore(storage::Database& database, crypto::SecretBytes seal_key, crypto::SecretBytes index_key)
      : database_(database), seal_key_(std::move(seal_key)), index_key_(std::move(index_key)) {}

  storage::Database& database_;
  const crypto::SecretBytes seal_key_, index_key_;
};

}  // namespace countersign::cardcompany
