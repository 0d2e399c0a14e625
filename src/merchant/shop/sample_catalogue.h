// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace countersign::merchant {

// A small catalogue for tests.
inline constexpr std::string_view kSampleCatalogue =
    R"({"type":"shop-catalogue","version":1,"currency":"KRW",
"categories":[{"id":"tea","name":{"en":"Tea","ko":"차"}},{"id":"services","name":{"en":"Lessons","ko":"체험"}}],
"items":[
{"sku":"TEA","kind":"goods","category":"tea","price":12000,"picture":"tea","name":{"en":"Green tea <100 g>","ko":"녹차"},
"summary":{"en":"First leaves","ko":"첫물"},"details":{"en":"Mild.","ko":"순합니다."}},
{"sku":"LESSON","kind":"service","category":"services","price":60000,"picture":"lesson",
"name":{"en":"Calligraphy","ko":"서예"},"summary":{"en":"Two hours","ko":"두 시간"},"details":{"en":"Ink.","ko":"먹."}},
{"sku":"WINE","kind":"goods","category":"tea","price":21000,"age":19,"picture":"tea",
"name":{"en":"Rice wine","ko":"약주"},"summary":{"en":"Clear","ko":"맑은 술"},"details":{"en":"Dry.","ko":"쌉쌀합니다."}}]})";

}  // namespace countersign::merchant
