// SPDX-License-Identifier: Apache-2.0
#include "card/pkcs11_module.h"

#include <dlfcn.h>

#include <map>
#include <mutex>

#include "base/bytes.h"

namespace countersign::card {
namespace {

// Guards the table of loaded modules, so that initializing and finalizing a library never overlap.
std::mutex& registry_mutex() {
  static std::mutex mutex;
  return mutex;
}

std::map<std::string, std::weak_ptr<Module>>& registry() {
  static std::map<std::string, std::weak_ptr<Module>> modules;
  return modules;
}

Result<CK_FUNCTION_LIST*> open_library(const std::string& path) {
  // Never closed: libraries of cards leave threads and exit handlers behind.
  void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) return fail(ErrorCode::kUnavailable, "PKCS#11 module: " + std::string(dlerror()));
  const auto get_functions = reinterpret_cast<CK_C_GetFunctionList>(dlsym(library, "C_GetFunctionList"));
  CK_FUNCTION_LIST* functions = nullptr;
  if (get_functions == nullptr || get_functions(&functions) != CKR_OK || functions == nullptr) {
    return fail(ErrorCode::kUnavailable, path + " is not a PKCS#11 module");
  }
  return functions;
}

}  // namespace

Result<std::shared_ptr<Module>> Module::load(const std::string& path) {
  const std::lock_guard lock(registry_mutex());
  if (auto loaded = registry()[path].lock()) return loaded;
  TRY(auto* functions, open_library(path));
  CK_C_INITIALIZE_ARGS arguments{};
  arguments.flags = CKF_OS_LOCKING_OK;
  const CK_RV value = functions->C_Initialize(&arguments);
  if (value != CKR_OK) return fail(token_error(value, "C_Initialize of " + path));
  // The deleter finalizes under the registry's mutex.
  std::shared_ptr<Module> module(new Module(functions), [](Module* loaded) {
    const std::lock_guard finalizing(registry_mutex());
    delete loaded;
  });
  registry()[path] = module;
  return module;
}

Module::~Module() {
  functions_->C_Finalize(nullptr);
}

Result<std::vector<CK_SLOT_ID>> Module::slots_with_token() const {
  CK_ULONG count = 0;
  CK_RV value = functions_->C_GetSlotList(CK_TRUE, nullptr, &count);
  if (value != CKR_OK) return fail(token_error(value, "C_GetSlotList"));
  std::vector<CK_SLOT_ID> slots(count);
  value = functions_->C_GetSlotList(CK_TRUE, slots.data(), &count);
  if (value != CKR_OK) return fail(token_error(value, "C_GetSlotList"));
  slots.resize(count);
  return slots;
}

Result<CK_TOKEN_INFO> Module::token_info(CK_SLOT_ID slot) const {
  CK_TOKEN_INFO info{};
  const CK_RV value = functions_->C_GetTokenInfo(slot, &info);
  if (value != CKR_OK) return fail(token_error(value, "C_GetTokenInfo"));
  return info;
}

Result<CK_SLOT_ID> Module::find_token(std::string_view label) const {
  TRY(const auto slots, slots_with_token());
  for (const CK_SLOT_ID slot : slots) {
    const auto info = token_info(slot);
    if (!info || (info.value().flags & CKF_TOKEN_INITIALIZED) == 0) continue;
    if (label.empty() || token_text(info.value().label) == label) return slot;
  }
  return fail(ErrorCode::kNotFound,
              label.empty() ? "no initialized token" : "no token " + std::string(label));
}

Error token_error(CK_RV value, std::string_view what) {
  ErrorCode code = ErrorCode::kUnavailable;
  switch (value) {
    case CKR_PIN_INCORRECT:
    case CKR_PIN_INVALID:
    case CKR_PIN_LEN_RANGE:
      code = ErrorCode::kWrongPin;
      break;
    case CKR_PIN_LOCKED:
      code = ErrorCode::kPinLocked;
      break;
    case CKR_MECHANISM_INVALID:
    case CKR_FUNCTION_NOT_SUPPORTED:
    case CKR_ATTRIBUTE_TYPE_INVALID:
    case CKR_TEMPLATE_INCONSISTENT:
      code = ErrorCode::kUnsupported;
      break;
    case CKR_USER_NOT_LOGGED_IN:
    case CKR_KEY_FUNCTION_NOT_PERMITTED:
      code = ErrorCode::kForbidden;
      break;
    case CKR_DEVICE_MEMORY:
      code = ErrorCode::kStorageFull;
      break;
    default:
      break;
  }
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string hex;
  for (int shift = 12; shift >= 0; shift -= 4) hex.push_back(kDigits[(value >> shift) & 0xf]);
  return {code, std::string(what) + ": CKR 0x" + hex};
}

}  // namespace countersign::card
