// SPDX-License-Identifier: Apache-2.0
#include "x509/hosts.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

namespace countersign::x509 {
namespace {

constexpr std::size_t kLongestDnsName = 253;
constexpr std::size_t kLongestLabel = 63;
constexpr std::size_t kIpv4Size = 4;
constexpr std::size_t kIpv6Size = 16;
constexpr unsigned kHttpsPort = 443;

auto refused(std::string_view what, std::string_view text) {
  return fail(ErrorCode::kMalformed, std::string(what) + ": " + std::string(text.substr(0, 64)));
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_letter(char c) {
  return c >= 'a' && c <= 'z';
}

bool is_label(std::string_view label) {
  return !label.empty() && label.size() <= kLongestLabel && label.front() != '-' && label.back() != '-' &&
         std::ranges::all_of(label, [](char c) { return is_letter(c) || is_digit(c) || c == '-'; });
}

// A decimal number without sign, white space or leading zero.
std::optional<unsigned> number(std::string_view text, unsigned most) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool canonical = !text.empty() && is_digit(text[0]) && (text[0] != '0' || text.size() == 1);
  if (error != std::errc{} || end != text.data() + text.size() || !canonical || value > most)
    return std::nullopt;
  return value;
}

Bytes mask_octets(std::size_t size, std::size_t prefix) {
  Bytes mask(size);
  for (std::size_t bit = 0; bit < prefix; ++bit)
    mask[bit / 8] = static_cast<std::uint8_t>(mask[bit / 8] | (0x80U >> (bit % 8)));
  return mask;
}

bool is_masked_by(BytesView octets, BytesView mask) {
  for (std::size_t i = 0; i < octets.size(); ++i)
    if ((octets[i] & ~mask[i]) != 0) return false;
  return true;
}

}  // namespace

bool is_dns_name(std::string_view text) {
  if (text.empty() || text.size() > kLongestDnsName) return false;
  std::string_view last;
  for (bool more = true; more;) {
    const std::size_t dot = text.find('.');
    last = text.substr(0, dot);
    if (!is_label(last)) return false;
    more = dot != std::string_view::npos;
    if (more) text.remove_prefix(dot + 1);
  }
  return !std::ranges::all_of(last, is_digit);
}

Result<Bytes> ip_octets(std::string_view text) {
  const bool is_ipv6 = text.find(':') != std::string_view::npos;
  Bytes octets(is_ipv6 ? kIpv6Size : kIpv4Size);
  if (inet_pton(is_ipv6 ? AF_INET6 : AF_INET, std::string(text).c_str(), octets.data()) != 1)
    return refused("IP address", text);
  TRY(const std::string canonical, ip_text(octets));
  if (canonical != text) return refused("IP address in another spelling", text);
  return octets;
}

Result<std::string> ip_text(BytesView octets) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (octets.size() != kIpv4Size && octets.size() != kIpv6Size) return refused("IP address", "wrong size");
  if (inet_ntop(octets.size() == kIpv4Size ? AF_INET : AF_INET6, octets.data(), text.data(), text.size()) ==
      nullptr)
    return refused("IP address", "not representable");
  return std::string(text.data());
}

Result<Bytes> ip_range_octets(std::string_view cidr) {
  const std::size_t slash = cidr.find('/');
  if (slash == std::string_view::npos) return refused("IP range without prefix length", cidr);
  TRY(Bytes octets, ip_octets(cidr.substr(0, slash)));
  const std::optional<unsigned> prefix =
      number(cidr.substr(slash + 1), static_cast<unsigned>(octets.size()) * 8U);
  if (!prefix) return refused("IP range", cidr);
  const Bytes mask = mask_octets(octets.size(), *prefix);
  if (!is_masked_by(octets, mask)) return refused("IP range with bits beyond its prefix", cidr);
  octets.insert(octets.end(), mask.begin(), mask.end());
  return octets;
}

Result<std::string> ip_range_text(BytesView octets) {
  const BytesView address = octets.first(octets.size() / 2);
  const BytesView mask = octets.subspan(octets.size() / 2);
  TRY(const std::string text, ip_text(address));
  std::size_t prefix = 0;
  while (prefix < mask.size() * 8 && (mask[prefix / 8] & (0x80U >> (prefix % 8))) != 0) ++prefix;
  const bool whole = mask.size() == address.size() && equal(mask_octets(mask.size(), prefix), mask);
  if (!whole || !is_masked_by(address, mask)) return refused("IP range", text);
  return text + '/' + std::to_string(prefix);
}

Result<std::string> host_of_origin(std::string_view origin) {
  constexpr std::string_view kScheme = "https://";
  if (!origin.starts_with(kScheme)) return refused("origin is not https", origin);
  std::string_view authority = origin.substr(kScheme.size());
  const std::size_t colon = authority.find(':', authority.starts_with('[') ? authority.find(']') : 0);
  if (colon != std::string_view::npos) {
    const std::optional<unsigned> port = number(authority.substr(colon + 1), 65535);
    if (!port || *port == 0 || *port == kHttpsPort) return refused("port of origin", origin);
    authority = authority.substr(0, colon);
  }
  if (is_dns_name(authority)) return std::string(authority);
  const bool bracketed = authority.size() > 2 && authority.front() == '[' && authority.back() == ']';
  const std::string_view address = bracketed ? authority.substr(1, authority.size() - 2) : authority;
  TRY(const Bytes octets, ip_octets(address));
  if (bracketed != (octets.size() == kIpv6Size)) return refused("host of origin", origin);
  return std::string(address);
}

bool is_within_domain(std::string_view host, std::string_view domain) {
  return host == domain || (!domain.empty() && host.size() > domain.size() && host.ends_with(domain) &&
                            host[host.size() - domain.size() - 1] == '.');
}

bool is_within_range(std::string_view ip, std::string_view cidr) {
  const Result<Bytes> octets = ip_octets(ip);
  const Result<Bytes> range = ip_range_octets(cidr);
  if (!octets || !range || range.value().size() != 2 * octets.value().size()) return false;
  const std::size_t size = octets.value().size();
  for (std::size_t i = 0; i < size; ++i)
    if ((octets.value()[i] & range.value()[size + i]) != range.value()[i]) return false;
  return true;
}

}  // namespace countersign::x509
