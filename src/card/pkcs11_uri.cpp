// SPDX-License-Identifier: Apache-2.0
#include "card/pkcs11_uri.h"

#include <algorithm>

#include "base/percent.h"
#include "card/pkcs11_module.h"

namespace countersign::card {
namespace {

Result<void> set_attribute(Pkcs11Uri& uri, std::string_view name, std::string value) {
  if (name == "token") {
    uri.token = std::move(value);
  } else if (name == "object") {
    uri.object = std::move(value);
  } else if (name == "id") {
    uri.id = to_bytes(value);
  } else if (name == "module-path") {
    uri.module_path = std::move(value);
  } else if (name == "pin-source") {
    constexpr std::string_view kScheme = "file:";
    uri.pin_file = value.starts_with(kScheme) ? value.substr(kScheme.size()) : std::move(value);
  } else if (name != "type" || value != "private") {
    return fail(ErrorCode::kUnsupported, "pkcs11 URI: attribute " + std::string(name));
  }
  return ok();
}

Result<void> read_attributes(Pkcs11Uri& uri, std::string_view list, char separator) {
  while (!list.empty()) {
    const auto end = list.find(separator);
    const auto item = list.substr(0, end);
    list = end == std::string_view::npos ? std::string_view() : list.substr(end + 1);
    const auto equals = item.find('=');
    if (equals == std::string_view::npos)
      return fail(ErrorCode::kMalformed, "pkcs11 URI: attribute without value");
    auto value = percent_decode(item.substr(equals + 1));
    if (!value) return fail(value.error(), "pkcs11 URI");
    TRY(set_attribute(uri, item.substr(0, equals), std::move(value).value()));
  }
  return ok();
}

}  // namespace

Result<Pkcs11Uri> parse_pkcs11_uri(std::string_view text) {
  constexpr std::string_view kScheme = "pkcs11:";
  if (!text.starts_with(kScheme)) return fail(ErrorCode::kMalformed, "not a pkcs11 URI");
  text.remove_prefix(kScheme.size());
  Pkcs11Uri uri;
  uri.module_path = kSoftHsmModule;
  const auto query = std::min(text.find('?'), text.size());
  TRY(read_attributes(uri, text.substr(0, query), ';'));
  TRY(read_attributes(uri, text.substr(std::min(query + 1, text.size())), '&'));
  if (uri.object.empty() && uri.id.empty())
    return fail(ErrorCode::kMalformed, "pkcs11 URI: object or id missing");
  if (uri.pin_file.empty()) return fail(ErrorCode::kMalformed, "pkcs11 URI: pin-source missing");
  return uri;
}

}  // namespace countersign::card
