// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>

#include "card/card.h"

namespace countersign::wallet {

// MemoryCard is a Card for tests: keys in memory, PIN "1234", three tries. Its private keys are handed out
// only while it is logged in, as handles that would outlive a log-out; the real card's do not.
class MemoryCard final : public card::Card {
 public:
  card::CardInfo info() const override { return {"test", "tests", "1", false, false}; }
  bool is_logged_in() const override { return logged_in_; }
  std::optional<int> tries_left() const override { return tries_; }
  Result<void> log_in(const crypto::SecretBytes& pin) override;
  void log_out() override { logged_in_ = false; }
  Result<void> change_pin(const crypto::SecretBytes& old_pin, const crypto::SecretBytes& new_pin) override;
  Result<std::string> import_key(card::KeyUse use, const crypto::PrivateKey& key,
                                 const x509::Certificate& certificate) override;
  Result<std::string> generate_key(card::KeyUse use) override;
  Result<void> store_certificate(std::string_view key_id, const x509::Certificate& certificate) override;
  Result<std::vector<card::StoredCertificate>> certificates() override;
  Result<crypto::PrivateKey> private_key(std::string_view key_id) override;
  Result<bool> can_sign(std::string_view key_id) override;
  Result<void> remove_key(std::string_view key_id) override;
  Result<void> store_data(std::string_view label, const crypto::SecretBytes& value) override;
  Result<crypto::SecretBytes> read_data(std::string_view label) override;
  Result<void> remove_data(std::string_view label) override;
  Result<std::vector<std::string>> list_data() override;

  bool takes_data = true;       // a PIV card takes none
  bool agreement_signs = true;  // of a PIV card it does not
  bool keeps_keys = false;      // as a PIV card: what it has is what it makes; earlier certificates stay
  std::vector<card::StoredCertificate> foreign;  // certificates of keys that it does not have
  int fail_imports_after = -1;                   // the card breaks after so many imports; -1: never
  std::size_t size() const { return keys_.size(); }

 private:
  struct Slot {
    card::KeyUse use;
    crypto::PrivateKey key;
    std::vector<x509::Certificate> certificates;  // newest first
  };
  std::map<std::string, Slot, std::less<>> keys_;
  std::map<std::string, crypto::SecretBytes, std::less<>> data_;
  std::string pin_ = "1234";
  int tries_ = 3;
  bool logged_in_ = false;
};

}  // namespace countersign::wallet
