// SPDX-License-Identifier: Apache-2.0
#include "merchant/line_reader.h"

#include "base/amount.h"

namespace countersign::merchant {

Result<std::vector<documents::OrderLine>> read_lines(documents::ObjectReader& reader) {
  TRY(auto items, reader.objects("lines", 500));
  std::vector<documents::OrderLine> lines;
  lines.reserve(items.size());
  for (auto& item : items) {
    documents::OrderLine line;
    TRY(line.sku, item.text("sku", 64));
    TRY(line.description, item.text("description", 200));
    TRY(line.quantity, item.integer("quantity", 1, 1'000'000));
    TRY(line.unit_price, item.integer("unitPrice", 0, kLargestInteger));
    TRY(item.finish());
    lines.push_back(std::move(line));
  }
  return lines;
}

}  // namespace countersign::merchant
