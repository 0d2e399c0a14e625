// SPDX-License-Identifier: Apache-2.0
#include "documents/order_lines.h"

namespace countersign::documents {

boost::json::array write_order_lines(const std::vector<OrderLine>& lines) {
  boost::json::array array;
  array.reserve(lines.size());
  for (const OrderLine& line : lines)
    array.push_back(boost::json::object{{"sku", line.sku},
                                        {"description", line.description},
                                        {"quantity", line.quantity},
                                        {"unitPrice", line.unit_price}});
  return array;
}

Result<std::vector<OrderLine>> read_order_lines(ObjectReader& reader) {
  TRY(std::vector<ObjectReader> items, reader.objects("lines", kMostLines));
  std::vector<OrderLine> lines;
  lines.reserve(items.size());
  for (ObjectReader& item : items) {
    TRY(std::string sku, item.text("sku", 64));
    TRY(std::string description, item.text("description", 200));
    TRY(const std::int64_t quantity, item.integer("quantity", 1, kMostOfALine));
    TRY(const std::int64_t unit_price, item.integer("unitPrice", 0, kLargestInteger));
    TRY(item.finish());
    lines.push_back({std::move(sku), std::move(description), quantity, unit_price});
  }
  return lines;
}

}  // namespace countersign::documents
