// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "card/card.h"
#include "card/pin_tries.h"
#include "card/pkcs11_session.h"

namespace countersign::card {

// Pkcs11Card is the Card of a PKCS#11 token. Key identifiers are one octet: odd for signing, even for
// agreement.
class Pkcs11Card final : public Card {
 public:
  // `token_folder` is that of a soft token of which a copy is kept, else empty.
  Pkcs11Card(std::shared_ptr<Session> session, CardInfo info, PinTries tries, std::string token_folder)
      : session_(std::move(session)),
        info_(std::move(info)),
        tries_(std::move(tries)),
        token_folder_(std::move(token_folder)) {}

  CardInfo info() const override { return info_; }
  bool is_logged_in() const override { return session_->is_logged_in(); }
  std::optional<int> tries_left() const override;
  Result<void> log_in(const crypto::SecretBytes& pin) override;
  void log_out() override { session_->log_out(); }
  Result<void> change_pin(const crypto::SecretBytes& old_pin, const crypto::SecretBytes& new_pin) override;
  Result<std::string> import_key(KeyUse use, const crypto::PrivateKey& key,
                                 const x509::Certificate& certificate) override;
  Result<std::string> generate_key(KeyUse use) override;
  // Identifiers of the private keys that may be used so, sorted. Needs log-in.
  Result<std::vector<std::string>> keys_for(KeyUse use);
  Result<void> store_certificate(std::string_view key_id, const x509::Certificate& certificate) override;
  Result<std::vector<StoredCertificate>> certificates() override;
  Result<crypto::PrivateKey> private_key(std::string_view key_id) override;
  Result<bool> can_sign(std::string_view key_id) override;
  Result<void> remove_key(std::string_view key_id) override;
  Result<void> store_data(std::string_view label, const crypto::SecretBytes& value) override;
  Result<crypto::SecretBytes> read_data(std::string_view label) override;
  Result<void> remove_data(std::string_view label) override;
  Result<std::vector<std::string>> list_data() override;

 private:
  // Runs what tries a PIN, with the try counted before where the token does not count.
  template <typename Try>
  Result<void> count_try(Try&& try_pin);
  Result<void> keep_copies() const;
  Result<Bytes> free_key_id(KeyUse use);
  Result<std::optional<Bytes>> find_id_of(const crypto::PublicKey& key);
  Result<std::optional<CK_OBJECT_HANDLE>> find(CK_OBJECT_CLASS object_class, BytesView key_id);
  Result<crypto::PublicKey> public_key(BytesView key_id);
  Result<std::vector<CK_OBJECT_HANDLE>> find_data(std::string_view label);

  std::shared_ptr<Session> session_;
  CardInfo info_;
  PinTries tries_;
  const std::string token_folder_;
  std::mutex mutex_;  // held while key identifiers or labels are looked for and objects made under them
};

}  // namespace countersign::card
