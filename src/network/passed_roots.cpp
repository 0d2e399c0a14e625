// SPDX-License-Identifier: Apache-2.0
#include "network/passed_roots.h"

#include <algorithm>

namespace countersign::network {
namespace {

constexpr std::string_view kType = "passed-network-roots";
constexpr std::size_t kMaxCertificate = 8 << 10;
constexpr std::size_t kMaxRoots = 16;
constexpr documents::JsonLimits kLimits{.bytes = kMaxRootsFile, .depth = 4, .members = 100};

Result<x509::Certificate> read_certificate(documents::ObjectReader& reader, std::string_view member) {
  TRY(const Bytes der, reader.base64(member, kMaxCertificate));
  return x509::Certificate::from_der(der);
}

Result<void> verify_passed(const documents::NextRoot& next, const x509::Certificate& root) {
  return x509::verify_next_root(next.root, next.link, root,
                                std::max(next.link.not_before(), next.root.not_before()));
}

}  // namespace

Result<x509::Certificate> PassedRoots::follow(const x509::Certificate& given) const {
  x509::Certificate root = given;
  const auto begin = std::ranges::find(roots, given, &documents::NextRoot::root);
  for (auto each = begin == roots.end() ? roots.begin() : begin + 1; each != roots.end(); ++each) {
    TRY(verify_passed(*each, root));
    root = each->root;
  }
  return root;
}

Result<PassedRoots> PassedRoots::with_first(const x509::Certificate& given) const {
  PassedRoots known = *this;
  if (roots.empty()) {
    known.first.reset();
  } else if (first) {
    TRY(verify_passed(roots.front(), *first));
  } else if (std::ranges::find(roots, given, &documents::NextRoot::root) == roots.end()) {
    known.first = given;
  }
  return known;
}

bool PassedRoots::begin_elsewhere(const x509::Certificate& given) const {
  if (!first || *first == given) return false;
  return std::ranges::find(roots, given, &documents::NextRoot::root) == roots.end();
}

Result<PassedRoots> read_roots_members(documents::ObjectReader& reader) {
  PassedRoots passed;
  TRY(std::vector<documents::ObjectReader> roots, reader.objects("roots", kMaxRoots));
  for (documents::ObjectReader& each : roots) {
    TRY(x509::Certificate root, read_certificate(each, "certificate"));
    TRY(x509::Certificate link, read_certificate(each, "link"));
    TRY(each.finish());
    passed.roots.push_back({std::move(root), std::move(link)});
  }
  if (reader.has("first")) {
    TRY(passed.first, read_certificate(reader, "first"));
  }
  return passed;
}

void put_roots_members(const PassedRoots& passed, boost::json::object& object) {
  boost::json::array roots;
  for (const documents::NextRoot& each : passed.roots)
    roots.push_back(boost::json::object{{"certificate", base64_encode(each.root.der())},
                                        {"link", base64_encode(each.link.der())}});
  object["roots"] = std::move(roots);
  if (passed.first) object["first"] = base64_encode(passed.first->der());
}

Result<PassedRoots> parse_roots_file(BytesView json) {
  TRY(documents::ObjectReader reader, documents::ObjectReader::parse(json, "passed roots", kLimits));
  TRY(reader.expect(kType, 1));
  TRY(PassedRoots passed, read_roots_members(reader));
  TRY(reader.finish());
  return passed;
}

Result<Bytes> write_roots_file(const PassedRoots& passed) {
  boost::json::object object = documents::begin_document(std::string(kType));
  put_roots_members(passed, object);
  Bytes json = to_bytes(documents::write_json(object));
  TRY(parse_roots_file(json));
  return json;
}

}  // namespace countersign::network
