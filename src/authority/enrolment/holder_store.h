// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "authority/issuing/context.h"
#include "storage/secret_folder.h"

namespace countersign::authority {

// A purchaser as the authority knows it: a pseudonym, and an address that it can find by keyed digest and
// read only with the holder's own key, which lies outside of the database and is destroyed when the holder is
// erased.
struct Holder {
  std::string uid;
  x509::Name subject;
  std::string locale;  // "en" or "ko"
  Bytes email_digest;  // empty once erased
  Bytes sealed_address;
  bool erased = false;
};

// HolderStore keeps the holders. Works within the caller's transaction.
class HolderStore {
 public:
  static Result<HolderStore> open(const AuthorityContext& context, storage::SecretFolder keys);

  // A new holder with a random pseudonym and a key of its own; not stored until add.
  Result<Holder> make(std::string_view address, std::string_view locale) const;
  Result<void> add(storage::Transaction& transaction, const Holder& holder) const;
  // kNotFound.
  Result<Holder> find(storage::Reader& reader, std::string_view uid) const;
  Result<std::optional<Holder>> find_by_subject(storage::Reader& reader, const x509::Name& subject) const;
  // Newest first.
  Result<std::vector<Holder>> find_by_address(storage::Reader& reader, std::string_view address) const;

  Result<std::string> address_of(const Holder& holder) const;
  Result<void> change_address(storage::Transaction& transaction, const Holder& holder,
                              std::string_view address) const;
  // Removes address and digest; destroy_key follows after the commit.
  Result<void> erase(storage::Transaction& transaction, const Holder& holder) const;
  Result<void> destroy_key(const Holder& holder) const;
  Result<std::vector<Holder>> erased_with_key(storage::Reader& reader, int limit) const;
  Result<void> mark_key_destroyed(storage::Transaction& transaction, const Holder& holder) const;

  // Seals and opens what belongs to a holder (consent records, new addresses) under the holder's key.
  Result<Bytes> seal_for(std::string_view uid, BytesView plaintext, std::string_view purpose) const;
  Result<crypto::SecretBytes> open_for(std::string_view uid, BytesView sealed,
                                       std::string_view purpose) const;
  // 32 secret bytes for a purpose, always the same while the holder's key exists.
  Result<crypto::SecretBytes> derive_for(std::string_view uid, std::string_view purpose) const;

 private:
  HolderStore(const AuthorityContext& context, storage::SecretFolder keys)
      : context_(&context), keys_(std::move(keys)) {}
  const AuthorityContext* context_;
  storage::SecretFolder keys_;
};

}  // namespace countersign::authority
