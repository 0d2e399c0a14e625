// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "crypto/keys.h"
#include "crypto/secret.h"
#include "x509/certificate.h"

namespace countersign::card {

// What a key on the card is for. Key identifiers (CKA_ID) of the network: signing 01, agreement 02; renewals
// count on.
enum class KeyUse { kSigning, kAgreement };

struct CardInfo {
  std::string label, manufacturer, serial;
  bool tamper_resistant;  // false for software tokens: they say so to their holder
  bool counts_tries;      // whether the token itself locks after wrong PINs
};

struct StoredCertificate {
  KeyUse use;
  std::string key_id;  // hex of CKA_ID
  x509::Certificate certificate;
};

// Card is the holder's IC card: private keys never leave it, and private operations need its PIN. One
// session; thread-safe. Errors: kWrongPin (tries left in the detail), kPinLocked, kUnavailable (card removed,
// module failed), kNotFound, kUnsupported.
class Card {
 public:
  virtual ~Card() = default;
  virtual CardInfo info() const = 0;
  virtual bool is_logged_in() const = 0;
  // Tries left before the card locks, where that is known.
  virtual std::optional<int> tries_left() const = 0;
  virtual Result<void> log_in(const crypto::SecretBytes& pin) = 0;
  virtual void log_out() = 0;
  virtual Result<void> change_pin(const crypto::SecretBytes& old_pin, const crypto::SecretBytes& new_pin) = 0;
  // Imports a key sensitive and not extractable, with its certificate; the id of the pair. Needs log-in.
  virtual Result<std::string> import_key(KeyUse use, const crypto::PrivateKey& key,
                                         const x509::Certificate& certificate) = 0;
  // Makes a key on the card; the certificate follows by store_certificate.
  virtual Result<std::string> generate_key(KeyUse use) = 0;
  virtual Result<void> store_certificate(std::string_view key_id, const x509::Certificate& certificate) = 0;
  virtual Result<std::vector<StoredCertificate>> certificates() = 0;
  // A handle whose operations run in the card, signatures and key agreement (crypto::agree); valid while the
  // Card lives and is logged in.
  virtual Result<crypto::PrivateKey> private_key(std::string_view key_id) = 0;
  // Whether this key signs. A card may hold agreement keys that do not, and then cannot ask for a certificate
  // of their own (PKCS#10). Needs log-in.
  virtual Result<bool> can_sign(std::string_view key_id) = 0;
  virtual Result<void> remove_key(std::string_view key_id) = 0;

  // Data objects: what the holder keeps on the card beside keys, each under a label of 1 to 64 characters and
  // at most kMaxCardData octets long. Private (PKCS#11 v2.40 §4.5, CKA_PRIVATE): all four need log-in
  // (kUnauthenticated), label included. kUnsupported where the card takes no objects.
  // store_data puts `value` in the place of what the label held; a failure leaves the one or the other whole.
  virtual Result<void> store_data(std::string_view label, const crypto::SecretBytes& value) = 0;
  virtual Result<crypto::SecretBytes> read_data(std::string_view label) = 0;
  virtual Result<void> remove_data(std::string_view label) = 0;
  virtual Result<std::vector<std::string>> list_data() = 0;  // labels, sorted
};
inline constexpr std::size_t kMaxCardData = 4096;

struct Pkcs11Options {
  std::string module_path;  // "/usr/lib/softhsm/libsofthsm2.so"
  std::string token_label;  // or the first token when empty
  std::string tries_file;   // where wrong PINs are counted durably for tokens that do not lock themselves
  int max_tries = 5;
  // Of a soft token: its folder, where a copy of it is kept in case a process ends in the middle of a log-in.
  std::string token_folder{};
  // For cards that hold keys made on them and take no objects: where certificates lie instead. Empty: on the
  // card.
  std::string certificates_folder{};
};
// open_pkcs11_card opens a PKCS#11 token (v2.40). Log-in counts for the token in the whole process: one Card
// per token.
Result<std::unique_ptr<Card>> open_pkcs11_card(const Pkcs11Options& options);
// initialize_soft_token creates a SoftHSM2 token in `token_folder` with its own configuration file
// (SOFTHSM2_CONF, set for this process) and sets both PINs. For the default wallet and for tests.
Result<void> initialize_soft_token(const std::string& token_folder, const std::string& label,
                                   const crypto::SecretBytes& so_pin, const crypto::SecretBytes& pin);
// use_soft_tokens points SoftHSM2 of this process to an existing token folder, and restores what a process
// that ended in the middle of a log-in left empty.
Result<void> use_soft_tokens(const std::string& token_folder);
// load_token_key returns a key of an authority or merchant that lives in a token: RFC 7512 URI (token,
// object, id, module-path, pin-source). Keeps the token open as long as the key lives.
Result<crypto::PrivateKey> load_token_key(std::string_view pkcs11_uri);

}  // namespace countersign::card
