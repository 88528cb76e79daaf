"""The chapter about which frequency comes when."""
