// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <p11-kit/pkcs11.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace countersign::card {

inline constexpr std::string_view kSoftHsmModule = "/usr/lib/softhsm/libsofthsm2.so";

// Module is one loaded PKCS#11 library (v2.40), initialized for use by several threads. All users in this
// process share one Module per path; the library is finalized when the last one lets go.
class Module {
 public:
  // kUnavailable when the library cannot be loaded or initialized.
  static Result<std::shared_ptr<Module>> load(const std::string& path);
  ~Module();
  Module(const Module&) = delete;
  Module& operator=(const Module&) = delete;

  CK_FUNCTION_LIST& functions() const { return *functions_; }
  // Slots that hold a token.
  Result<std::vector<CK_SLOT_ID>> slots_with_token() const;
  // The slot whose initialized token has this label, or the first initialized one when it is empty;
  // kNotFound.
  Result<CK_SLOT_ID> find_token(std::string_view label) const;
  Result<CK_TOKEN_INFO> token_info(CK_SLOT_ID slot) const;

 private:
  explicit Module(CK_FUNCTION_LIST* functions) : functions_(functions) {}
  CK_FUNCTION_LIST* functions_;
};

// token_error names the Error of a PKCS#11 return value.
Error token_error(CK_RV value, std::string_view what);
// token_text reads a blank-padded text field of PKCS#11.
template <std::size_t size>
std::string token_text(const unsigned char (&field)[size]) {
  std::string text(reinterpret_cast<const char*>(field), size);
  text.erase(text.find_last_not_of(std::string_view(" \0", 2)) + 1);
  return text;
}

}  // namespace countersign::card
