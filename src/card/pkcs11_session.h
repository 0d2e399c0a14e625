// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <mutex>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "card/pkcs11_module.h"
#include "crypto/secret.h"

namespace countersign::card {

// Template is the attribute list of a PKCS#11 call; it owns the values.
class Template {
 public:
  Template& number(CK_ATTRIBUTE_TYPE type, CK_ULONG value);
  Template& boolean(CK_ATTRIBUTE_TYPE type, bool value);
  Template& bytes(CK_ATTRIBUTE_TYPE type, BytesView value);
  Template& text(CK_ATTRIBUTE_TYPE type, std::string_view value) { return bytes(type, as_bytes(value)); }
  // Wiped with the template.
  Template& secret(CK_ATTRIBUTE_TYPE type, const crypto::SecretBytes& value);
  std::vector<CK_ATTRIBUTE> attributes() const;

 private:
  std::vector<std::pair<CK_ATTRIBUTE_TYPE, crypto::SecretBytes>> values_;
};

// Session is one read-write session with one token. Thread-safe: calls queue. Log-in counts for the whole
// token in this process (PKCS#11 v2.40 §5.6).
class Session {
 public:
  static Result<std::shared_ptr<Session>> open(std::shared_ptr<Module> module, CK_SLOT_ID slot);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  const Module& module() const { return *module_; }
  CK_SLOT_ID slot() const { return slot_; }

  // Verifies the PIN anew even where the token is logged in already.
  Result<void> log_in(const crypto::SecretBytes& pin, CK_USER_TYPE user = CKU_USER);
  void log_out();
  bool is_logged_in() const;
  Result<void> set_pin(const crypto::SecretBytes& old_pin, const crypto::SecretBytes& new_pin);
  Result<void> initialize_pin(const crypto::SecretBytes& pin);

  Result<std::vector<CK_OBJECT_HANDLE>> find(const Template& wanted);
  Result<Bytes> attribute(CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type);
  Result<CK_OBJECT_HANDLE> create(const Template& object);
  Result<void> generate_pair(CK_MECHANISM_TYPE mechanism, const Template& public_key,
                             const Template& private_key);
  Result<void> destroy(CK_OBJECT_HANDLE object);

  // Raw ECDSA (r ‖ s) over a digest, and the raw ECDH secret with an uncompressed point.
  Result<Bytes> sign_digest(CK_OBJECT_HANDLE key, BytesView digest);
  Result<crypto::SecretBytes> derive(CK_OBJECT_HANDLE key, BytesView point);

 private:
  Session(std::shared_ptr<Module> module, CK_SLOT_ID slot, CK_SESSION_HANDLE handle)
      : module_(std::move(module)), slot_(slot), handle_(handle) {}
  CK_FUNCTION_LIST& functions() const { return module_->functions(); }

  std::shared_ptr<Module> module_;
  CK_SLOT_ID slot_;
  CK_SESSION_HANDLE handle_;
  mutable std::mutex
      mutex_;  // guards the session during each call: it has one search and one signature at a time
};

}  // namespace countersign::card
