// SPDX-License-Identifier: Apache-2.0
#include "card/pkcs11_session.h"

#include <array>
#include <cstring>

namespace countersign::card {
namespace {

constexpr std::size_t kFieldSize = 32;  // octets of a P-256 coordinate

CK_UTF8CHAR_PTR pin_pointer(const crypto::SecretBytes& pin) {
  return const_cast<CK_UTF8CHAR_PTR>(pin.reveal(crypto::SecretAccess()).data());
}

}  // namespace

Template& Template::number(CK_ATTRIBUTE_TYPE type, CK_ULONG value) {
  return bytes(type, {reinterpret_cast<const std::uint8_t*>(&value), sizeof value});
}

Template& Template::boolean(CK_ATTRIBUTE_TYPE type, bool value) {
  const CK_BBOOL flag = value ? CK_TRUE : CK_FALSE;
  return bytes(type, {&flag, sizeof flag});
}

Template& Template::bytes(CK_ATTRIBUTE_TYPE type, BytesView value) {
  values_.emplace_back(type, crypto::SecretBytes::copy_of(value));
  return *this;
}

Template& Template::secret(CK_ATTRIBUTE_TYPE type, const crypto::SecretBytes& value) {
  values_.emplace_back(type, value.clone());
  return *this;
}

std::vector<CK_ATTRIBUTE> Template::attributes() const {
  std::vector<CK_ATTRIBUTE> list;
  for (const auto& [type, value] : values_) {
    const BytesView view = value.reveal(crypto::SecretAccess());
    list.push_back({type, const_cast<std::uint8_t*>(view.data()), view.size()});
  }
  return list;
}

Result<std::shared_ptr<Session>> Session::open(std::shared_ptr<Module> module, CK_SLOT_ID slot) {
  CK_SESSION_HANDLE handle = 0;
  const CK_RV value =
      module->functions().C_OpenSession(slot, CKF_SERIAL_SESSION | CKF_RW_SESSION, nullptr, nullptr, &handle);
  if (value != CKR_OK) return fail(token_error(value, "C_OpenSession"));
  return std::shared_ptr<Session>(new Session(std::move(module), slot, handle));
}

Session::~Session() {
  functions().C_CloseSession(handle_);
}

Result<void> Session::log_in(const crypto::SecretBytes& pin, CK_USER_TYPE user) {
  const std::lock_guard lock(mutex_);
  CK_RV value = functions().C_Login(handle_, user, pin_pointer(pin), pin.size());
  if (value == CKR_USER_ALREADY_LOGGED_IN) {
    functions().C_Logout(handle_);
    value = functions().C_Login(handle_, user, pin_pointer(pin), pin.size());
  }
  if (value != CKR_OK) return fail(token_error(value, "C_Login"));
  return ok();
}

void Session::log_out() {
  const std::lock_guard lock(mutex_);
  functions().C_Logout(handle_);
}

bool Session::is_logged_in() const {
  const std::lock_guard lock(mutex_);
  CK_SESSION_INFO info{};
  return functions().C_GetSessionInfo(handle_, &info) == CKR_OK && info.state == CKS_RW_USER_FUNCTIONS;
}

Result<void> Session::set_pin(const crypto::SecretBytes& old_pin, const crypto::SecretBytes& new_pin) {
  const std::lock_guard lock(mutex_);
  const CK_RV value = functions().C_SetPIN(handle_, pin_pointer(old_pin), old_pin.size(),
                                           pin_pointer(new_pin), new_pin.size());
  if (value != CKR_OK) return fail(token_error(value, "C_SetPIN"));
  return ok();
}

Result<void> Session::initialize_pin(const crypto::SecretBytes& pin) {
  const std::lock_guard lock(mutex_);
  const CK_RV value = functions().C_InitPIN(handle_, pin_pointer(pin), pin.size());
  if (value != CKR_OK) return fail(token_error(value, "C_InitPIN"));
  return ok();
}

Result<std::vector<CK_OBJECT_HANDLE>> Session::find(const Template& wanted) {
  const std::lock_guard lock(mutex_);
  auto attributes = wanted.attributes();
  CK_RV value = functions().C_FindObjectsInit(handle_, attributes.data(), attributes.size());
  if (value != CKR_OK) return fail(token_error(value, "C_FindObjectsInit"));
  std::vector<CK_OBJECT_HANDLE> found;
  std::array<CK_OBJECT_HANDLE, 32> batch{};
  CK_ULONG count = 0;
  do {
    value = functions().C_FindObjects(handle_, batch.data(), batch.size(), &count);
    if (value == CKR_OK) found.insert(found.end(), batch.begin(), batch.begin() + static_cast<long>(count));
  } while (value == CKR_OK && count > 0);
  functions().C_FindObjectsFinal(handle_);
  if (value != CKR_OK) return fail(token_error(value, "C_FindObjects"));
  return found;
}

Result<Bytes> Session::attribute(CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type) {
  const std::lock_guard lock(mutex_);
  CK_ATTRIBUTE attribute{type, nullptr, 0};
  CK_RV value = functions().C_GetAttributeValue(handle_, object, &attribute, 1);
  if (value != CKR_OK || attribute.ulValueLen == CK_UNAVAILABLE_INFORMATION) {
    return fail(token_error(value, "C_GetAttributeValue"));
  }
  Bytes content(attribute.ulValueLen);
  attribute.pValue = content.data();
  value = functions().C_GetAttributeValue(handle_, object, &attribute, 1);
  if (value != CKR_OK) return fail(token_error(value, "C_GetAttributeValue"));
  content.resize(attribute.ulValueLen);
  return content;
}

Result<CK_OBJECT_HANDLE> Session::create(const Template& object) {
  const std::lock_guard lock(mutex_);
  auto attributes = object.attributes();
  CK_OBJECT_HANDLE handle = 0;
  const CK_RV value = functions().C_CreateObject(handle_, attributes.data(), attributes.size(), &handle);
  if (value != CKR_OK) return fail(token_error(value, "C_CreateObject"));
  return handle;
}

Result<void> Session::generate_pair(CK_MECHANISM_TYPE mechanism, const Template& public_key,
                                    const Template& private_key) {
  const std::lock_guard lock(mutex_);
  CK_MECHANISM parameters{mechanism, nullptr, 0};
  auto public_attributes = public_key.attributes();
  auto private_attributes = private_key.attributes();
  CK_OBJECT_HANDLE public_handle = 0, private_handle = 0;
  const CK_RV value = functions().C_GenerateKeyPair(
      handle_, &parameters, public_attributes.data(), public_attributes.size(), private_attributes.data(),
      private_attributes.size(), &public_handle, &private_handle);
  if (value != CKR_OK) return fail(token_error(value, "C_GenerateKeyPair"));
  return ok();
}

Result<void> Session::destroy(CK_OBJECT_HANDLE object) {
  const std::lock_guard lock(mutex_);
  const CK_RV value = functions().C_DestroyObject(handle_, object);
  if (value != CKR_OK) return fail(token_error(value, "C_DestroyObject"));
  return ok();
}

Result<Bytes> Session::sign_digest(CK_OBJECT_HANDLE key, BytesView digest) {
  const std::lock_guard lock(mutex_);
  CK_MECHANISM mechanism{CKM_ECDSA, nullptr, 0};
  CK_RV value = functions().C_SignInit(handle_, &mechanism, key);
  if (value != CKR_OK) return fail(token_error(value, "C_SignInit"));
  Bytes signature(2 * kFieldSize);
  CK_ULONG size = signature.size();
  value = functions().C_Sign(handle_, const_cast<std::uint8_t*>(digest.data()), digest.size(),
                             signature.data(), &size);
  if (value != CKR_OK) return fail(token_error(value, "C_Sign"));
  if (size != signature.size()) return fail(ErrorCode::kUnsupported, "token: not a P-256 signature");
  return signature;
}

Result<crypto::SecretBytes> Session::derive(CK_OBJECT_HANDLE key, BytesView point) {
  Template secret;
  secret.number(CKA_CLASS, CKO_SECRET_KEY).number(CKA_KEY_TYPE, CKK_GENERIC_SECRET).boolean(CKA_TOKEN, false);
  secret.boolean(CKA_SENSITIVE, false).boolean(CKA_EXTRACTABLE, true).number(CKA_VALUE_LEN, kFieldSize);
  CK_OBJECT_HANDLE derived = 0;
  {
    const std::lock_guard lock(mutex_);
    CK_ECDH1_DERIVE_PARAMS parameters{CKD_NULL, 0, nullptr, point.size(),
                                      const_cast<std::uint8_t*>(point.data())};
    CK_MECHANISM mechanism{CKM_ECDH1_DERIVE, &parameters, sizeof parameters};
    auto attributes = secret.attributes();
    const CK_RV value =
        functions().C_DeriveKey(handle_, &mechanism, key, attributes.data(), attributes.size(), &derived);
    if (value != CKR_OK) return fail(token_error(value, "C_DeriveKey"));
  }
  auto content = attribute(derived, CKA_VALUE);
  TRY(destroy(derived));
  TRY(auto bytes, std::move(content));
  if (bytes.size() != kFieldSize) return fail(ErrorCode::kUnsupported, "token: not a P-256 agreement");
  return crypto::SecretBytes(std::move(bytes));
}

}  // namespace countersign::card
