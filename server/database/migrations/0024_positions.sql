-- Where a facility is, in degrees of WGS-84: both or neither.
alter table facility add column latitude DOUBLE PRECISION;
alter table facility add column longitude DOUBLE PRECISION;
