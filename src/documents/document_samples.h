// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "documents/json.h"
#include "documents/party.h"

// What the tests of several documents share: names, digests, and a way to spoil a good document member by
// member.
namespace countersign::documents {

inline x509::Name sample_name(std::string_view text) {
  return x509::Name::from_text(text).value();
}

inline PartyReference sample_merchant() {
  return {sample_name("CN=Sample Shop,OU=merchants,OU=seoul-1,OU=kr,O=Countersign Demo"), Sha256Digest{1}};
}
inline PartyReference sample_purchaser() {
  return {sample_name("UID=p-7f3a,OU=purchasers,OU=seoul-1,OU=kr,O=Countersign Demo"), Sha256Digest{2}};
}
inline x509::Name sample_data_centre() {
  return sample_name("OU=seoul-1,OU=kr,O=Countersign Demo");
}

// One way to spoil a document: the JSON object is changed, and its parser must answer with this code and
// detail.
struct SpoiledDocument {
  const char* name;
  std::function<void(boost::json::object&)> spoil;
  ErrorCode code;
  const char* detail;
};

template <typename Parser>
void expect_refusals(const Bytes& good, Parser parse, std::initializer_list<SpoiledDocument> rows) {
  for (const SpoiledDocument& row : rows) {
    boost::json::value value = parse_json(good, {.bytes = 1 << 20, .depth = 16}).value();
    row.spoil(value.get_object());
    const auto parsed = parse(as_bytes(write_json(value)));
    ASSERT_FALSE(parsed) << row.name;
    EXPECT_EQ(parsed.error().code, row.code) << row.name << ": " << parsed.error().detail;
    EXPECT_THAT(parsed.error().detail, testing::HasSubstr(row.detail)) << row.name;
  }
}

// Every member of a document is demanded, and no other is let pass.
template <typename Parser>
void expect_exact_members(const Bytes& good, Parser parse) {
  const boost::json::value value = parse_json(good, {.bytes = 1 << 20, .depth = 16}).value();
  for (const auto& member : value.get_object()) {
    boost::json::object less = value.get_object();
    less.erase(member.key());
    EXPECT_FALSE(parse(as_bytes(write_json(less)))) << "without " << member.key();
  }
  boost::json::object more = value.get_object();
  more["surprise"] = 1;
  EXPECT_FALSE(parse(as_bytes(write_json(more))));
}

}  // namespace countersign::documents
