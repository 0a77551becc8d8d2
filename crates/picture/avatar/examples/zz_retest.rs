use avatar::{Joint, Side, motion::*, retarget::*};
use frame::*;
#[derive(serde::Deserialize)] struct Clip{size:Size,frame_rate:FrameRate,people:Vec<Option<Person>>}
#[derive(serde::Deserialize)] struct Still{size:Size,person:Option<Person>}
fn main(){
 let a:Vec<String>=std::env::args().collect();
 let s:Still=serde_json::from_reader(std::fs::File::open(&a[1]).unwrap()).unwrap();
 let c:Clip=serde_json::from_reader(std::io::BufReader::new(std::fs::File::open(&a[2]).unwrap())).unwrap();
 let clip=MotionClip{size:c.size,frame_rate:c.frame_rate,people:c.people};
 println!("{:?} {} bytes",clip.quality(),serde_json::to_string(&clip).unwrap().len());
 let t=DrivingTrack::from_clip(&clip).unwrap();
 let rest=CharacterRest::new(s.size,&s.person.unwrap());
println!("rest {:?}\nd0 {:?} {:?}",rest.head_from_canonical,t.head_from_canonical[0],t.head_from_canonical[4]);
 let o=if a.len()>3{Orientation::Image}else{Orientation::Video};
 let poses=retarget(&rest,&t,o);
 let mut e:Vec<f32>=vec![];let mut worst=std::collections::BTreeMap::new();
 for (p,j) in poses.iter().zip(&t.joints){ for k in Joint::ALL{ let d=(p.joints[k]-j[k]).truncate().length(); e.push(d); let w:&mut Vec<f32>=worst.entry(format!("{k:?}")).or_default(); w.push(d);} }
 e.sort_by(f32::total_cmp);
 println!("err px median {} p95 {} max {}",e[e.len()/2],e[e.len()*95/100],e[e.len()-1]);
 for (k,mut v) in worst { v.sort_by(f32::total_cmp); println!("  {k} {:.2} {:.2}",v[v.len()/2],v[v.len()-1]); }
 for (i,k) in poses.iter().enumerate().step_by(poses.len()/6){ println!("{i} scale {:.3} pel {:?} chest {:?} hand {:?} {:?}",k.scale,k.joints[Joint::Pelvis],k.joints[Joint::Chest],k.joints[Joint::Hand(Side::Left)],(k.head_rotation.to_cols_array().map(|v|(v*100.).round()/100.))); }
 if let Ok(o)=std::env::var("OUT"){ let v:Vec<_>=poses.iter().map(|p|(Joint::ALL.map(|j|p.joints[j].to_array()).to_vec(),p.scale,p.head_rotation.to_cols_array())).collect(); std::fs::write(o,serde_json::to_string(&v).unwrap()).unwrap(); }
}
