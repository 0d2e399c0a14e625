// SPDX-License-Identifier: Apache-2.0
// Settings of the wallet's store that lie sealed.
#include "wallet/store.h"

namespace countersign::wallet {
namespace {

std::string context_of(const std::string& name) {
  return "setting " + name;
}

}  // namespace

Result<std::string> WalletStore::sealed_setting(const std::string& name) {
  TRY(const auto text, setting(name, ""));
  if (text.empty()) return std::string();
  TRY(const auto sealed, base64_decode(text));
  TRY(const auto value, unseal(sealed, context_of(name)));
  return to_text(value);
}

Result<void> WalletStore::keep_sealed_setting(const std::string& name, std::string_view value) {
  return keep_setting(name, base64_encode(seal(as_bytes(value), context_of(name))));
}

}  // namespace countersign::wallet
