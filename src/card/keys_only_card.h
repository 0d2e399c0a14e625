// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>

#include "card/pkcs11_card.h"

namespace countersign::card {

// KeysOnlyCard is a card whose keys were made on it and whose driver creates no objects (PIV with OpenSC).
// Choosing a key is choosing among those that are there; none is imported. Certificates lie in a folder; data
// objects are kUnsupported.
class KeysOnlyCard final : public Card {
 public:
  KeysOnlyCard(std::unique_ptr<Pkcs11Card> card, std::filesystem::path folder)
      : card_(std::move(card)), folder_(std::move(folder)) {}

  CardInfo info() const override { return card_->info(); }
  bool is_logged_in() const override { return card_->is_logged_in(); }
  std::optional<int> tries_left() const override { return card_->tries_left(); }
  Result<void> log_in(const crypto::SecretBytes& pin) override { return card_->log_in(pin); }
  void log_out() override { card_->log_out(); }
  Result<void> change_pin(const crypto::SecretBytes& old_pin, const crypto::SecretBytes& new_pin) override {
    return card_->change_pin(old_pin, new_pin);
  }
  Result<std::string> import_key(KeyUse use, const crypto::PrivateKey& key,
                                 const x509::Certificate& certificate) override;
  // The key that the card has for this use; kNotFound when it was delivered without one.
  Result<std::string> generate_key(KeyUse use) override;
  // Beside the earlier certificates of the key, to which something may still be sealed.
  Result<void> store_certificate(std::string_view key_id, const x509::Certificate& certificate) override;
  // By key, the newest of each first. Files that cannot be read, that hold something else or that are of a
  // key which the card does not have are passed over; what the card cannot tell is its error.
  Result<std::vector<StoredCertificate>> certificates() override;
  Result<crypto::PrivateKey> private_key(std::string_view key_id) override {
    return card_->private_key(key_id);
  }
  Result<bool> can_sign(std::string_view key_id) override { return card_->can_sign(key_id); }
  // Removes the certificates; the key stays.
  Result<void> remove_key(std::string_view key_id) override;
  Result<void> store_data(std::string_view label, const crypto::SecretBytes& value) override;
  Result<crypto::SecretBytes> read_data(std::string_view label) override;
  Result<void> remove_data(std::string_view label) override;
  Result<std::vector<std::string>> list_data() override;

 private:
  struct File;
  Result<std::vector<File>> files() const;
  Result<std::optional<StoredCertificate>> read(const File& file);  // nothing: passed over

  std::unique_ptr<Pkcs11Card> card_;
  std::filesystem::path folder_;
};

}  // namespace countersign::card
