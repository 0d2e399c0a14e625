// SPDX-License-Identifier: Apache-2.0
#include "http/accept.h"

#include <gtest/gtest.h>

namespace countersign::http {
namespace {

struct Row {
  std::string name, header;
  bool is_accepted;
};

class Accepts : public ::testing::TestWithParam<Row> {};

TEST_P(Accepts, WhatTheHeaderNames) {
  Request request;
  request.headers["Accept"] = GetParam().header;
  EXPECT_EQ(accepts(request, "application/vnd.example+json"), GetParam().is_accepted) << GetParam().header;
}

INSTANTIATE_TEST_SUITE_P(
    Headers, Accepts,
    ::testing::Values(Row{"Alone", "application/vnd.example+json", true},
                      Row{"InAnotherCase", "Application/VND.example+JSON", true},
                      Row{"AmongOthers", "application/pkcs7-mime;q=0.5 , application/vnd.example+json ;q=0.9",
                          true},
                      Row{"WithAParameter", "application/vnd.example+json;version=1", true},
                      Row{"WithoutWeight", "application/vnd.example+json; q=0.0", false},
                      Row{"WithoutWeightAndThenWith",
                          "application/vnd.example+json;q=0, application/vnd.example+json", true},
                      Row{"Another", "application/json", false}, Row{"Everything", "*/*", false},
                      Row{"ALongerOne", "application/vnd.example+json2", false}, Row{"Nothing", "", false},
                      Row{"Commas", ",;,", false}),
    [](const auto& row) { return row.param.name; });

TEST(AcceptHeader, MayBeAbsent) {
  EXPECT_FALSE(accepts(Request(), "application/json"));
}

}  // namespace
}  // namespace countersign::http
