// SPDX-License-Identifier: Apache-2.0
#include "x509/origins.h"

#include <algorithm>

#include "x509/hosts.h"

namespace countersign::x509 {
namespace {

void add_once(std::vector<std::string>& list, const std::string& item) {
  if (std::ranges::find(list, item) == list.end()) list.push_back(item);
}

}  // namespace

Result<AlternativeNames> names_of_origins(const std::vector<std::string>& origins) {
  AlternativeNames names;
  for (const std::string& origin : origins) {
    TRY(const std::string host, host_of_origin(origin));
    add_once(is_dns_name(host) ? names.dns : names.ip, host);
    add_once(names.origins, origin);
  }
  return names;
}

}  // namespace countersign::x509
